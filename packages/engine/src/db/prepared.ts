/**
 * Statements that stay prepared. Left to itself, drizzle has each one parsed and planned anew, and one with parameters takes a
 * second way to the server and back, as the driver first asks for their types. Kept under a name it takes one.
 */
import type { ISql, Sql, TransactionSql } from 'postgres'

/** Most texts that are kept; each connection to the server holds its own plan of each. */
const MOST_TEXTS = 500
/** A text with more parameters than this lists values: there is another one for each length of the list. */
const MOST_PARAMETERS = 40

/** A client that keeps what it is asked prepared. Not for a pooler, behind which the next statement may meet another connection. */
export function keepPrepared(client: Sql): Sql {
  const kept = new Set<string>()

  function isKept(text: string, parameters: readonly unknown[]): boolean {
    if (kept.has(text)) return true
    if (parameters.length > MOST_PARAMETERS || kept.size >= MOST_TEXTS) return false
    kept.add(text)
    return true
  }

  const unsafeOf =
    (on: ISql): ISql['unsafe'] =>
    (text, parameters = [], options = {}) =>
      on.unsafe(text, parameters, { ...options, prepare: isKept(text, parameters) })

  const transactionOf = (tx: TransactionSql): TransactionSql =>
    over(tx, {
      unsafe: unsafeOf(tx),
      savepoint: ((act: (inner: TransactionSql) => unknown) =>
        tx.savepoint((inner) => act(transactionOf(inner)))) as TransactionSql['savepoint'],
    })

  return over(client, {
    unsafe: unsafeOf(client),
    begin: ((act: (tx: TransactionSql) => unknown) =>
      client.begin((tx) => act(transactionOf(tx)))) as unknown as Sql['begin'],
  })
}

function over<Client extends object>(client: Client, own: Partial<Client>): Client {
  return new Proxy(client, { get: (target, name) => Reflect.get(name in own ? own : target, name) })
}
