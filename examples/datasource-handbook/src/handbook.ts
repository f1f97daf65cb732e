import { defineDataSource, oauth2 } from '@wellhead/datasource-node'
import { z } from 'zod'
import { toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { listPages, readPage } from './pages.ts'

/** The handbook of https://handbook.example. There is no such service: this is the template to begin a data source from. */
export const handbook = defineDataSource({
  specVersion: 1,
  id: 'handbook',
  kind: 'online_document',
  name: 'Handbook',
  description: 'Pages of an online handbook.',
  icon,
  documentationUrl: 'https://handbook.example/docs',
  endpoints: {
    api: 'https://api.handbook.example',
    authorize: 'https://handbook.example/oauth/authorize',
    token: 'https://handbook.example/oauth/token',
    revoke: 'https://handbook.example/oauth/revoke',
    introspect: 'https://handbook.example/oauth/introspect',
  },
  auth: [
    oauth2({
      scopes: ['handbook.read'],
      consent: 'Wellhead reads the pages of your handbook; it changes nothing.',
      registrationUrl: 'https://handbook.example/settings/applications',
      clientAuth: 'basic',
      pkce: true,
      rotation: 'rotates',
      replay: { kind: 'kills' },
      revoke: { token: 'refresh_token', format: 'form', auth: 'client' },
      introspect: { format: 'form' },
    }),
  ],
  parameters: z.object({
    query: z.string().trim().max(200).optional().meta({
      title: 'Title contains',
      description: 'Only pages whose title matches. Empty for all.',
    }),
  }),
  identify,
  toError,
  listPages,
  readPage,
})
