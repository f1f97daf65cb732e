/** The server as a process: takes its options as one line of JSON, answers with its address as one, and ends when its input does. */
import { createInterface } from 'node:readline'
import { startOAuthServer } from './start.ts'

const lines = createInterface(process.stdin)
lines.once('line', async (line) => {
  const { origin, issuer, endpoints, client, close } = await startOAuthServer(JSON.parse(line))
  process.stdout.write(`${JSON.stringify({ origin, issuer, endpoints, client })}\n`)
  lines.once('close', () => void close())
})
