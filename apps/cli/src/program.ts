import { Command, CommanderError, Option } from 'commander'
import { keepYoungGenerationSmall } from './memory.ts'

/** Runs one command line and returns the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('wellhead')
    .description('Connects data sources to knowledge pipelines.')
    .exitOverride()
    .showHelpAfterError('(add --help for what it takes)')
  let code = 0
  // Loaded when it is run: a worker holds no page and no sandbox in memory, and help is quick.
  const act =
    <Args extends unknown[]>(load: () => Promise<(...args: Args) => Promise<number | undefined>>) =>
    async (...args: Args) => {
      const command = await load()
      code = (await command(...args)) ?? 0
    }

  program
    .command('start')
    .description('Everything in one process: embedded PostgreSQL, API, worker, console and sandbox.')
    .option('--once', 'connect and run every sandboxed source, print what happened, and exit')
    .option('--port <port>', 'port of the API and console (default: 3400)')
    .option('--data-dir <folder>', 'where everything is kept (default: .wellhead)')
    .option('--sandbox <which>', 'all, none, or data source ids: what the sandbox stands in for', 'all')
    .action(act(async () => (await import('./commands/start.ts')).start))
  program
    .command('api')
    .description('The HTTP API and console; needs DATABASE_URL.')
    .action(act(async () => (await import('./commands/api.ts')).serveApi))
  program
    .command('worker')
    .description('The process that talks to providers; needs DATABASE_URL.')
    .action(
      act(async () => {
        keepYoungGenerationSmall()
        return (await import('./commands/worker.ts')).serveWorker
      }),
    )
  program
    .command('migrate')
    .description('Brings the database to this version.')
    .action(act(async () => (await import('./commands/migrate.ts')).migrateDatabase))

  program
    .command('restore')
    .description('After a database was put back to an earlier state, before anything starts on it.')
    .option('--data-dir <folder>', 'the folder of `wellhead start`, which must not run', '.wellhead')
    .action(act(async () => (await import('./commands/restore.ts')).restoreDatabase))

  const keys = program.command('keys').description('Encryption keys. Everything else may go on running.')
  keys
    .command('list')
    .description('Says which keys there are, what each is needed for, and which may be removed.')
    .option('--data-dir <folder>', 'the folder of `wellhead start`', '.wellhead')
    .action(act(async () => (await import('./commands/keys.ts')).listKeys))
  keys
    .command('rotate')
    .description('Wraps every data key with the first key. Interrupted, it goes on when it is run again.')
    .option('--reseal', 'also makes new data keys, and seals everything with them')
    .option('--sign-out', 'also ends console sessions and invite links')
    .option('--data-dir <folder>', 'the folder of `wellhead start`', '.wellhead')
    .action(act(async () => (await import('./commands/keys.ts')).rotateKeys))

  program
    .command('owner')
    .description('The first member of an installation.')
    .command('create')
    .description('Makes an owner with a workspace, and prints a link that signs in once.')
    .requiredOption('--email <email>', 'their address')
    .option('--name <name>', 'their name')
    .option('--workspace <name>', 'the name of the workspace', 'My workspace')
    .option('--data-dir <folder>', 'the folder of `wellhead start`', '.wellhead')
    .action(act(async () => (await import('./commands/owner.ts')).createOwner))

  const token = program.command('token').description('API tokens.')
  token
    .command('create')
    .description('Makes an API token and prints it once. Needs DATABASE_URL, or a running `wellhead start`.')
    .requiredOption('--name <name>', 'what it is for')
    .option('--scopes <scopes...>', 'what it may do (default: everything)')
    .option('--member <email>', 'whose token it is (default: the first owner)')
    .option('--workspace <name>', 'the workspace, when the member has several')
    .option('--days <days>', 'dead after so many days (default: never)')
    .option('--data-dir <folder>', 'the folder of `wellhead start`', '.wellhead')
    .action(act(async () => (await import('./commands/token.ts')).createToken))

  const url = new Option('--url <url>', 'where Wellhead runs').env('WELLHEAD_URL').default('http://localhost:3400')
  const secret = new Option('--token <token>', 'an API token').env('WELLHEAD_TOKEN')
  const connections = program.command('connections').description('Connections.')
  connections
    .command('list')
    .description('Lists the connections that the token sees.')
    .option('--data-source <id>', 'only of this data source')
    .option('--json', 'as JSON lines')
    .addOption(url)
    .addOption(secret)
    .action(act(async () => (await import('./commands/connections.ts')).listConnections))
  program
    .command('run')
    .description('Runs a data-source node and prints its documents as JSON lines.')
    .argument('<data-source>', 'an id of the catalog')
    .argument('<operation>', 'such as list_pages, read_pages or crawl')
    .option('--connection <id>', 'the connection (default: the default one)')
    .option('--parameters <json>', 'parameters of the operation', '{}')
    .option('--cursor <cursor>', 'where an earlier run stopped')
    .addOption(url)
    .addOption(secret)
    .action(act(async () => (await import('./commands/run.ts')).runNode))

  try {
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    // Help and version come as errors with code 0; what was not understood is explained by commander itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { explain } = await import('./explain.ts')
    console.error(explain(error))
    return 1
  }
}
