// `npm run bench`: starts Wellhead in a folder of its own, with the sandbox, and measures it from outside over HTTP. About half a minute.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@wellhead/embedded'
import { startSandbox } from '@wellhead/sandbox'
import { measure, milliseconds } from './measure.ts'
import { startWellhead } from './wellhead.ts'

const SECONDS = 5
const CALLERS = 32

const folder = await mkdtemp(join(tmpdir(), 'wellhead-bench-'))
try {
  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${CALLERS} callers, ${SECONDS} s each\n`)
  const dataDir = join(folder, 'postgres')
  const timed = async () => {
    const began = performance.now()
    const server = await startEmbeddedPostgres({ dataDir })
    const took = performance.now() - began
    await server.stop()
    return took
  }
  console.log(`embedded PostgreSQL, first start     ${milliseconds(await timed())}`)
  console.log(`embedded PostgreSQL, later start     ${milliseconds(await timed())}`)

  await using wellhead = await startWellhead(join(folder, 'wellhead'))
  console.log(`wellhead start, until it answers     ${milliseconds(wellhead.startedInMs)}\n`)
  const connection = await connect(wellhead.url, wellhead.token)
  const headers = { authorization: `Bearer ${wellhead.token}` }
  const get = (path: string) => () => fetch(`${wellhead.url}${path}`, { headers })
  const credentials = () =>
    fetch(`${wellhead.url}/v1/connections/${connection}/credentials`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{}',
    })
  const options = { seconds: SECONDS, callers: CALLERS }
  console.log(`GET  /healthz                        ${await measure(get('/healthz'), options)}`)
  console.log(`GET  /v1/connections                 ${await measure(get('/v1/connections'), options)}`)
  console.log(`POST /v1/connections/{id}/credentials ${await measure(credentials, options)}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** A connection by API key to whichever source the sandbox has a key for. */
async function connect(url: string, token: string): Promise<string> {
  const sandbox = await startSandbox() // its sample keys are the same in every sandbox
  await sandbox.close()
  const [dataSource, apiKey] = Object.entries(sandbox.apiKeys)[0]!
  const answer = await fetch(`${url}/v1/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ data_source: dataSource, name: 'bench', api_key: apiKey }),
  })
  const body = (await answer.json()) as { id?: string }
  if (!answer.ok || !body.id) throw new Error(`The connection was refused: ${answer.status} ${JSON.stringify(body)}`)
  return body.id
}
