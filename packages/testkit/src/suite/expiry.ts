import type { Connection } from './connection.ts'
import type { Stand } from './stand.ts'

/** The newest access token is refused from now on; what else the connection has stays good. */
export async function expire(stand: Stand, { tokens, refreshes }: Connection): Promise<void> {
  const newest = refreshes.at(-1)?.answer ?? tokens
  const seconds = Number(newest?.info.expires_in)
  await stand.oauth?.expireAccess(seconds > 0 ? seconds : undefined)
}
