/** Statements of the busiest ways: their text is made once, and neither the query nor its rows are built anew for each call. */
import { Column, fillPlaceholders } from 'drizzle-orm'
import { PgDialect, type PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './database.ts'
import { getTableColumns, type SQL, sql } from './query.ts'

const dialect = new PgDialect()

/** `query` with `sql.placeholder`s; the rows come as the driver reads them, with instants as text. */
export function statement<Row>(
  db: Database,
  query: SQL,
): (values: Readonly<Record<string, unknown>>) => Promise<readonly Row[]> {
  const { sql: text, params } = dialect.sqlToQuery(query)
  return async (values) => (await db.$client.unsafe(text, fillPlaceholders(params, values) as never[])) as never
}

type Tables = Readonly<Record<string, PgTable>>
type RowsOf<Of extends Tables> = { readonly [Name in keyof Of]: Of[Name]['$inferSelect'] }

/** `query` selects `columnsOf(tables)` and then `at`; the rows come with an object for each table, as drizzle has it, and `at` as text. */
export function tablesStatement<Of extends Tables>(
  db: Database,
  tables: Of,
  query: SQL,
): (values: Readonly<Record<string, unknown>>) => Promise<readonly (RowsOf<Of> & { readonly at: string })[]> {
  const { sql: text, params } = dialect.sqlToQuery(query)
  const readers = Object.entries(tables).map(([name, table]) => [name, readerOf(table)] as const)
  return async (values) => {
    const rows = await db.$client.unsafe(text, fillPlaceholders(params, values) as never[]).values()
    return rows.map((row) => {
      const read: Record<string, unknown> = {}
      let index = 0
      for (const [name, reader] of readers) {
        const one: Record<string, unknown> = {}
        for (const { key, column } of reader) {
          const value = row[index++]
          one[key] = column === undefined || value === null ? value : column.mapFromDriverValue(value)
        }
        read[name] = one
      }
      read.at = row[index]
      return read as RowsOf<Of> & { at: string }
    })
  }
}

/** Every column of every table, in the order in which `tablesStatement` reads them. */
export const columnsOf = (tables: Tables): SQL =>
  sql.join(
    Object.values(tables).flatMap((table) => Object.values(getTableColumns(table)).map((column) => sql`${column}`)),
    sql`, `,
  )

const readerOf = (table: PgTable) =>
  Object.entries(getTableColumns(table)).map(([key, column]) => ({
    key,
    // What the driver gives is what most columns are.
    column: column.mapFromDriverValue === Column.prototype.mapFromDriverValue ? undefined : column,
  }))

/**
 * A list that a statement is given, for `any` and `unnest`. It comes by a subquery, so that the planner sees nothing of it: of a short one it
 * does, it makes a plan for this call alone each time, which takes longer than what it plans.
 */
export const listOf = (name: string, type: 'text' | 'int' | 'float8' | 'interval' = 'text'): SQL =>
  sql`(select ${sql.placeholder(name)}::${sql.raw(type)}[])::${sql.raw(type)}[]`

/** An instant as the driver gives it. */
export const instantOf = (text: string): Date => new Date(text)
export const instantOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text))
