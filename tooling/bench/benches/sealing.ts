import { createCipheriv, randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { open } from '../bare/opening.ts'
import type { Bench, Line } from '../harness/bench.ts'
import { openRooms } from '../harness/engine.ts'
import { rate } from '../harness/figures.ts'
import { compare, perSecond } from '../harness/rounds.ts'
import { idOf, ownerOf, sampleSecret } from '../harness/seed.ts'

const load = { callers: 8, ms: 700 }

export const sealing: Bench = {
  name: 'sealing',
  async *run({ installation }): AsyncGenerator<Line> {
    await using stack = new AsyncDisposableStack()
    const databaseUrl = await installation.database()
    const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
    stack.defer(() => sql.end({ timeout: 5 }))
    const rooms = stack.use(await openRooms(databaseUrl, installation.encryptionKeys))
    const { workspaceId } = await ownerOf(sql)
    const { key } = await rooms.dataKey(workspaceId)
    const id = idOf(1)
    const secret = sampleSecret(1)
    const text = JSON.stringify(secret)
    const value = await rooms.seal(workspaceId, id, secret)
    const bound = 'the processor: AES-256-GCM, JSON, and a random initialization vector each'

    const seal = await compare(5, {
      wellhead: () => perSecond(() => rooms.seal(workspaceId, id, secret), load),
      compared: () =>
        perSecond(async () => {
          const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
          return [cipher.update(text), cipher.final(), cipher.getAuthTag()]
        }, load),
    })
    yield {
      what: `Sealing a token pair of ${text.length} bytes, one thread`,
      wellhead: rate(seal.wellhead),
      compared: `${rate(seal.compared)}: the cipher alone`,
      ratio: seal.ratio,
      bound,
    }
    const opening = await compare(5, {
      wellhead: () => perSecond(() => rooms.open(workspaceId, id, value), load),
      compared: () => perSecond(async () => open(key, workspaceId, id, value.sealed), load),
    })
    yield {
      what: 'Opening it',
      wellhead: rate(opening.wellhead),
      compared: `${rate(opening.compared)}: the cipher alone`,
      ratio: opening.ratio,
      bound,
    }
  },
}
