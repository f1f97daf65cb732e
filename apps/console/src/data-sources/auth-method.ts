import type { DataSource } from '@wellhead/client'

type Methods = DataSource['auth_methods'][number]
export type ApiKeyMethod = Extract<Methods, { method: 'api_key' }>
export type OAuthMethod = Extract<Methods, { method: 'oauth2' }>

export const apiKeyOf = (source: DataSource) =>
  source.auth_methods.find((one): one is ApiKeyMethod => one.method === 'api_key')

export const oauthOf = (source: DataSource) =>
  source.auth_methods.find((one): one is OAuthMethod => one.method === 'oauth2')
