// `npm run bench:memory`: how much memory a worker takes while it lists 100,000 files in folders and downloads the 300 MB file of each
// drive, over HTTP against the sandbox. API and worker are processes of their own; Linux only, as it reads /proc. Some minutes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '@wellhead/sandbox'
import { type Deployment, deploy } from './deployment.ts'
import { peakSince, resident } from './resident.ts'

const FILES = 100_000
const PER_FOLDER = 1_000
/** The drive that is listed: any would do, this one's pages are the largest. */
const LISTED = 'google-drive'

const folder = await mkdtemp(join(tmpdir(), 'wellhead-memory-'))
try {
  let sandbox: Awaited<ReturnType<typeof startSandbox>> | undefined
  await using deployment = await deploy(folder, async (publicUrl, ids) => {
    sandbox = await startSandbox({
      redirectUris: ids.map((id) => `${publicUrl}/oauth/callback/${id}`),
      pageSize: PER_FOLDER,
    })
    return sandbox
  })
  if (!sandbox) throw new Error('The sandbox did not start')
  const { client, workerPid } = deployment
  console.log(`Node ${process.versions.node}. The worker, idle: ${megabytes(await resident(workerPid))}\n`)

  sandbox.control.settings(LISTED, { files: { fill: { files: FILES, perFolder: PER_FOLDER } } })
  const drives = (await client.dataSources.list()).items.filter(({ kind }) => kind === 'online_drive')
  const connections = new Map<string, string>()
  for (const { id } of drives) connections.set(id, await deployment.authorize(id))

  const began = performance.now()
  const listing = await peakSince(workerPid, () => listAll(deployment, connections.get(LISTED) as string))
  const seconds = (performance.now() - began) / 1000
  console.log(
    `${LISTED}: listed ${listing.result} entries in ${seconds.toFixed(0)} s (${Math.round(listing.result / seconds)}/s); the worker's peak ${megabytes(listing.peak)}`,
  )
  for (const { id } of drives) {
    const download = await peakSince(workerPid, () => downloadLargest(deployment, id, connections.get(id) as string))
    const { bytes, ms } = download.result
    console.log(
      `${id}: downloaded ${megabytes(bytes)} in ${(ms / 1000).toFixed(1)} s (${megabytes((bytes / ms) * 1000)}/s); the worker's peak ${megabytes(download.peak)}`,
    )
  }
  await sandbox.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** One run per folder, as an orchestrator walks a drive. The number of entries. */
async function listAll({ read }: Deployment, connection: string): Promise<number> {
  const seen = new Set<string | undefined>([undefined])
  let entries = 0
  for (const waiting: (string | undefined)[] = [undefined]; waiting.length > 0; ) {
    const folder = waiting.pop()
    for (const entry of await read(LISTED, connection, 'list_folder', folder === undefined ? {} : { folder })) {
      entries++
      if (entry.metadata.type !== 'folder' || seen.has(entry.external_id)) continue
      seen.add(entry.external_id)
      waiting.push(entry.external_id)
    }
  }
  return entries
}

async function downloadLargest({ read }: Deployment, source: string, connection: string) {
  const home = (await read(source, connection, 'list_folder', {})).find(({ title }) => title === 'Ada Baker')
  // Where a team's space is the top, the account's own files lie in a folder of it.
  const own = home === undefined ? {} : { folder: home.external_id }
  const videos = (await read(source, connection, 'list_folder', own)).find(({ title }) => title === 'Videos')
  const [large] = await read(source, connection, 'list_folder', { folder: videos?.external_id })
  const began = performance.now()
  const [document] = await read(source, connection, 'download', { ids: [large?.external_id] })
  return { bytes: document?.size ?? 0, ms: performance.now() - began }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}
