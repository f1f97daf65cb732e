import postgres from 'postgres'

/** Databases that a test file made and did not drop, by the file's name. */
export async function forgottenDatabases(serverUrl: string): Promise<string[]> {
  const sql = postgres(`${serverUrl}/postgres`, { max: 1, onnotice: () => {} })
  try {
    const rows = await sql<{ name: string; file: string | null }[]>`
      select datname as name, shobj_description(oid, 'pg_database') as file from pg_database where datname like 'test\\_%' order by 1`
    return rows.map(
      ({ name, file }) =>
        `database ${name} of ${file ?? 'an unknown file'} was not dropped (await using, or dispose it)`,
    )
  } finally {
    await sql.end({ timeout: 5 })
  }
}
