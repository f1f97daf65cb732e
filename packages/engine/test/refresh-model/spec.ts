/** The data source of the model, with the replay fact that a run is about. */
import { defineDataSource, type OAuth2Spec, oauth2, type ReplayFact } from '@wellhead/datasource-node'
import type { Registry } from '@wellhead/plugin-host'
import { z } from 'zod'
import { dataSource } from './rows.ts'

export const graceSeconds = 60

export const facts: Readonly<Record<ReplayFact['kind'], ReplayFact>> = {
  safe: { kind: 'safe' },
  grace: { kind: 'grace', graceSeconds },
  kills: { kind: 'kills' },
  unknown: { kind: 'unknown' },
}

export const spec: OAuth2Spec = oauth2({
  scopes: [],
  consent: 'To read items.',
  registrationUrl: 'https://items.example/apps',
  clientAuth: 'basic',
  rotation: 'rotates',
  replay: { kind: 'kills' },
  revoke: { token: 'refresh_token', format: 'form', auth: 'client' },
})

export function registryWith(replay: ReplayFact): Registry {
  const source = defineDataSource({
    specVersion: 1,
    id: dataSource,
    name: 'Items',
    description: 'Items for tests.',
    icon: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    kind: 'online_document',
    documentationUrl: 'https://items.example/docs',
    endpoints: {
      api: 'https://api.items.example',
      token: 'https://items.example/token',
      revoke: 'https://items.example/revoke',
    },
    auth: [{ ...spec, replay }],
    parameters: z.object({}),
    identify: async () => ({ accountId: 'ada', grantKey: 'ada', name: 'Ada', avatarUrl: null }),
    toError: () => new Error('not asked in the model') as never,
    listPages: async () => ({ pages: [], nextCursor: null }),
    readPage: async () => {
      throw new Error('not asked in the model')
    },
  })
  const hosted = { source, endpoints: source.endpoints, from: 'builtin', sandbox: false }
  return { get: (id) => (id === dataSource ? hosted : undefined), all: () => [hosted] }
}
