import { apiKey, defineDataSource, oauth2 } from '@wellhead/datasource-node'
import { z } from 'zod'
import { NOTION_VERSION } from './api.ts'
import { toError } from './errors.ts'
import { identify } from './identify.ts'
import { listPages } from './list-pages.ts'
import { readPage } from './read-page.ts'

/** https://developers.notion.com */
export const notion = defineDataSource({
  specVersion: 1,
  id: 'notion',
  kind: 'online_document',
  name: 'Notion',
  description: 'Pages and data sources of a Notion workspace.',
  // A page with a letter on it, drawn for this package; not the provider's logo.
  icon: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><rect x="3" y="3" width="18" height="18" rx="3"/><path d="M9 17V7l6 10V7"/></svg>',
  documentationUrl: 'https://developers.notion.com',
  aliases: ['notion_datasource', 'langgenius/notion_datasource'],
  endpoints: {
    api: 'https://api.notion.com',
    authorize: 'https://api.notion.com/v1/oauth/authorize',
    token: 'https://api.notion.com/v1/oauth/token',
    revoke: 'https://api.notion.com/v1/oauth/revoke',
    introspect: 'https://api.notion.com/v1/oauth/introspect',
  },
  auth: [
    apiKey({
      label: 'Internal connection secret',
      help: 'Create an internal connection in Notion, give it "Read content", and share the pages with it.',
      keyUrl: 'https://www.notion.so/developers/connections',
      placeholder: 'ntn_…',
    }),
    // https://developers.notion.com/guides/get-started/authorization
    oauth2({
      // Notion has no scopes: capabilities are set on the OAuth app, and the member picks the pages in Notion's dialog.
      scopes: [],
      consent: 'You choose in Notion which pages Wellhead may read.',
      registrationUrl: 'https://www.notion.so/developers/connections',
      clientAuth: 'basic',
      tokenRequestFormat: 'json',
      tokenRequestHeaders: { 'notion-version': NOTION_VERSION },
      authorizeParams: { owner: 'user' },
      // Not documented for this API.
      pkce: false,
      rotation: 'rotates',
      // What becomes of a refresh token that was used is not documented; so no lifetime is assumed either.
      replay: { kind: 'unknown' },
      // Nor is how long an unused refresh token lives. Others that document it count it in months, so a week is well on
      // the safe side, and costs an idle connection four or five requests a month.
      keepAliveSeconds: 7 * 24 * 3600,
      revoke: { token: 'access_token', format: 'json', auth: 'client' },
      introspect: { format: 'json' },
    }),
  ],
  // 180 requests in each window of a minute, on every plan: https://developers.notion.com/reference/request-limits
  pace: () => ({ perSecond: 2, burst: 60 }),
  parameters: z.object({
    query: z.string().trim().max(200).optional().meta({
      title: 'Title contains',
      description: 'Only pages and data sources whose title matches. Empty for all.',
    }),
  }),
  identify,
  toError,
  listPages,
  readPage,
})
