// `npm start` and `npm test` from a fresh clone, with nothing on the machine but Node 20 or later and its npm. Installs the workspace when
// that is needed, then goes on under the workspace's own Node. Nothing may be imported here but Node's own modules: nothing is installed yet.
const OLDEST = 20
const targets = {
  start: ['apps/cli/src/main.ts', 'start'],
  test: ['tooling/test-runner/src/main.ts'],
  install: [],
}

async function main() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST) {
    console.error(
      `Wellhead needs Node ${OLDEST} or later; this is Node ${process.versions.node}. Get a newer one from https://nodejs.org.`,
    )
    return 1
  }
  const [name, ...args] = process.argv.slice(2)
  const target = targets[name]
  if (!target) {
    console.error(`usage: node tooling/bootstrap/main.mjs ${Object.keys(targets).join('|')} [arguments]`)
    return 2
  }
  // Loaded only now: an older Node may not even read them.
  const { fileURLToPath } = await import('node:url')
  const { ensureInstalled, workspaceNode } = await import('./install.mjs')
  const { runToEnd } = await import('./run.mjs')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!(await ensureInstalled(root))) return 1
  if (target.length === 0) return 0
  const [script, ...first] = target
  return runToEnd(
    workspaceNode(root),
    [fileURLToPath(new URL(`../../${script}`, import.meta.url)), ...first, ...args],
    root,
  )
}

process.exitCode = await main()
