import type { AuthSpec, DataSource } from '@wellhead/datasource-node'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Connection, connect, leaksOf } from './connection.ts'
import type { SuiteFacts } from './facts.ts'
import { findOperations, type Operation, type OperationName } from './operations.ts'
import type { Stand } from './stand.ts'
import { rehearse, type Trial } from './trial.ts'

/** A data source, connected in one way to one stand. */
export interface Scope<Source extends DataSource = DataSource, Auth extends AuthSpec = AuthSpec> {
  readonly source: Source
  readonly auth: Auth
  readonly facts: SuiteFacts
  /** Both once the tests run. */
  stand(): Stand
  connection(): Connection
  /** An operation, and how it goes when all is well. The things to read are looked for once. */
  trial(name: OperationName): Promise<Trial & Awaited<ReturnType<typeof rehearse>>>
  /** A stand and a connection of its own, for what would spoil those of the others. */
  apart<Result>(use: (stand: Stand, connection: Connection) => Promise<Result>): Promise<Result>
}

/** Starts the stand and connects before the first test of the surrounding `describe`; ends both after the last. */
export function openScope(source: DataSource, auth: AuthSpec, facts: SuiteFacts): Scope {
  let stand: Stand | undefined
  let connection: Connection | undefined
  let found: Promise<ReadonlyMap<OperationName, Operation>> | undefined
  const rehearsed = new Map<OperationName, Promise<Awaited<ReturnType<typeof rehearse>>>>()
  beforeAll(async () => {
    stand = await facts.start()
    connection = await connect(source, auth, stand)
  })
  afterAll(async () => {
    await connection?.close()
    await stand?.close()
  })
  const open = { stand: () => stand!, connection: () => connection! }
  return {
    source,
    auth,
    facts,
    ...open,
    async trial(name) {
      found ??= findOperations(source, open.connection().context(), open.connection().tokenInfo, open.stand())
      const trial = { stand: open.stand(), connection: open.connection(), operation: (await found).get(name)! }
      const once = rehearsed.get(name) ?? rehearse(trial)
      rehearsed.set(name, once)
      return { ...trial, ...(await once) }
    },
    async apart(use) {
      const own = await facts.start()
      try {
        const other = await connect(source, auth, own)
        try {
          const result = await use(own, other)
          expect(leaksOf(other, auth)).toEqual([])
          return result
        } finally {
          await other.close()
        }
      } finally {
        await own.close()
      }
    },
  }
}
