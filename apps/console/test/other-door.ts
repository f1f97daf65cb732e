/** What happens beside the page: done over the HTTP API by a token of the owner's, and by the hands of time. */
import { type Client, createClient } from '@wellhead/client'
import { tokenScopes } from '@wellhead/client/schema'
import type { Actor } from '@wellhead/engine'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { allow } from './actions.ts'
import type { House } from './house.ts'
import { closeWithOutcome } from './look.ts'

export interface OtherDoor {
  readonly owner: Actor
  readonly client: Client
  /** Connects by API key; the id of the connection. */
  connectByKey(source: string, name: string): Promise<string>
  /** Connects by OAuth, in a window of the browser that the page is in. */
  connectByOAuth(page: Page, source: string, name: string): Promise<string>
}

export async function openOtherDoor({ url, engine, sandbox }: House): Promise<OtherDoor> {
  const owner = (await engine.tenancy.findMember({ email: 'ada@acme.test' })) as Actor
  const { token } = await engine.tenancy.createToken(owner, { name: 'Orchestrator', scopes: [...tokenScopes] })
  const client = createClient({ baseUrl: url, token })
  return {
    owner,
    client,
    async connectByKey(source, name) {
      const body = { data_source: source, name, api_key: sandbox.apiKeys[source] as string }
      const made = await client.connections.create({ body })
      expect(made.status).toBe('active')
      return made.id
    },
    async connectByOAuth(page, source, name) {
      const begun = await client.authorizations.create({ body: { data_source: source, name } })
      const consent = await page.context().newPage()
      await consent.goto(begun.connect_url)
      await allow(consent)
      await closeWithOutcome(consent)
      const { connection_id } = await client.authorizations.get({ params: { id: begun.id } })
      return connection_id as string
    },
  }
}
