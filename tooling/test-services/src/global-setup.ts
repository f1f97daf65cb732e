import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { forgottenDatabases } from './database-check.ts'
import type { Services } from './provided.ts'
import { end, makeRunFolder, processesOf, removeRunFolder, sweepDeadRuns } from './run-folder.ts'
import { startServices } from './services.ts'

interface Run {
  readonly services: Services
  close(): Promise<void>
}

/** Each project of a run loads this module afresh; they share one set of services. */
const KEY = Symbol.for('wellhead.test-services')
const shared = globalThis as { [KEY]?: { users: number; run: Promise<Run> } }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[KEY] ??= { users: 0, run: startRun() }
  const held = shared[KEY]
  held.users++
  const { services, close } = await held.run
  project.provide('wellheadServices', services)
  return async () => {
    if (--held.users > 0) return
    delete shared[KEY]
    await close()
  }
}

async function startRun(): Promise<Run> {
  await sweepDeadRuns()
  const folder = await makeRunFolder()
  const { WELLHEAD_TEST_REDIS_URL: redisUrl, DOCKER_HOST: dockerHost, TMPDIR: before } = process.env
  const running = await startServices({ folder, redisUrl, dockerHost, say: (line) => console.warn(line) }).catch(
    async (error) => {
      await removeRunFolder(folder)
      throw error
    },
  )
  process.env.TMPDIR = folder
  return {
    services: running.services,
    close: async () => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      const complaints: string[] = []
      complaints.push(...(await forgottenDatabases(running.services.postgresUrl)))
      await running.stop()
      complaints.push(...(await leftProcesses(folder)))
      await removeRunFolder(folder)
      if (complaints.length > 0) {
        // Vitest reports what a teardown throws and ends with an error.
        throw new Error(
          `The tests left something behind in ${tmpdir()}:\n${complaints.map((one) => `  - ${one}`).join('\n')}`,
        )
      }
    },
  }
}

/** Processes may take a moment to end after their test. Those that stay are ended, and named. */
async function leftProcesses(folder: string): Promise<string[]> {
  const deadline = Date.now() + 3000
  let left = await processesOf(folder)
  while (left.length > 0 && Date.now() < deadline) {
    await delay(100)
    left = await processesOf(folder)
  }
  for (const { pid } of left) end(pid)
  return left.map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`)
}
