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
async function listAll({ client, run }: Deployment, connection: string): Promise<number> {
  let entries = 0
  const foldersOf = async (parent?: string): Promise<string[]> => {
    const { id } = await run(LISTED, connection, 'list_folder', parent === undefined ? {} : { folder: parent })
    const folders: string[] = []
    let cursor: string | undefined
    do {
      const page = await client.runs.documents({
        params: { id },
        query: { limit: 1000, ...(cursor ? { cursor } : {}) },
      })
      entries += page.items.length
      for (const entry of page.items) if (entry.metadata.type === 'folder') folders.push(entry.external_id)
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    return folders
  }
  const top = await foldersOf()
  const seen = new Set<string>(top)
  for (const waiting = [...top]; waiting.length > 0; ) {
    for (const found of await foldersOf(waiting.pop() as string)) {
      if (seen.has(found)) continue
      seen.add(found)
      waiting.push(found)
    }
  }
  return entries
}

async function downloadLargest({ client, run }: Deployment, source: string, connection: string) {
  const entriesOf = async (parameters: Record<string, unknown>) => {
    const { id } = await run(source, connection, 'list_folder', parameters)
    return (await client.runs.documents({ params: { id }, query: { limit: 1000 } })).items
  }
  const videos = (await entriesOf({})).find(({ title }) => title === 'Videos')
  const [large] = await entriesOf({ folder: videos?.external_id ?? '' })
  const began = performance.now()
  const { id } = await run(source, connection, 'download', { ids: [large?.external_id] })
  const ms = performance.now() - began
  const [document] = (await client.runs.documents({ params: { id } })).items
  return { bytes: document?.size ?? 0, ms }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}
