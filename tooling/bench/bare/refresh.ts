/**
 * The work of a refresh in a plain loop: select, open, POST, seal, and an update that is fenced by the generation. No queue, no lease,
 * no trace of the attempt, no event; an answer that is lost here would be a grant that is lost.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { Pool } from 'undici'
import { type DataKey, open } from './opening.ts'

export interface BareRefresher {
  refresh(id: string): Promise<void>
  close(): Promise<void>
}

export function createBareRefresher(options: {
  sql: postgres.Sql
  dataKey: DataKey
  token: { url: string; clientId: string; clientSecret: string }
  atOnce: number
}): BareRefresher {
  const { sql, dataKey, token } = options
  const { origin, pathname: path } = new URL(token.url)
  const pool = new Pool(origin, { connections: options.atOnce })
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(token.clientId)}:${encodeURIComponent(token.clientSecret)}`).toString('base64')}`

  return {
    async refresh(id) {
      const [row] = await sql<{ workspace_id: string; sealed: Buffer; generation: number }[]>`
        select workspace_id, sealed, generation from credentials where connection_id = ${id}`
      if (!row) throw new Error(`There is no credential ${id}`)
      const { refreshToken } = JSON.parse(open(dataKey.key, row.workspace_id, id, row.sealed)) as {
        refreshToken: string
      }
      const answer = await pool.request({
        path,
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }).toString(),
      })
      const body = (await answer.body.json()) as { access_token: string; refresh_token: string; expires_in: number }
      if (answer.statusCode !== 200) throw new Error(`The provider answered ${answer.statusCode}`)
      const secret = JSON.stringify({ accessToken: body.access_token, refreshToken: body.refresh_token })
      const updated = await sql`
        update credentials
        set sealed = ${seal(dataKey.key, row.workspace_id, id, secret)}, key_id = ${dataKey.id}, generation = generation + 1,
          issued_at = now(), expires_at = now() + ${body.expires_in} * interval '1 second',
          refresh_at = now() + ${body.expires_in * 0.8} * interval '1 second', last_refreshed_at = now()
        where connection_id = ${id} and generation = ${row.generation}`
      if (updated.count !== 1) throw new Error(`Somebody else refreshed ${id}`)
    },
    close: () => pool.close(),
  }
}

function seal(key: DataKey['key'], workspaceId: string, id: string, text: string): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(`1\n${JSON.stringify([workspaceId, 'credentials', id])}`))
  return Buffer.concat([Buffer.of(1), iv, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}
