/** `wellhead start` as its user knows it: one process on a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@wellhead/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from './processes.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

describe('wellhead start', { timeout: 90_000 }, () => {
  let folder: string
  const running: ChildProcess[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wellhead-start-'))
  })
  afterEach(async () => {
    for (const child of running.splice(0))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT')
        await new Promise((resolve) => child.once('close', resolve))
      }
    await rm(folder, { recursive: true, force: true })
  })

  function wellhead(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    running.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
      })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, ended, output: () => output }
  }

  async function started(args: readonly string[] = [], env: Record<string, string> = {}) {
    const port = await freePort()
    const process = wellhead(['start', '--port', String(port), ...args], env)
    await until(
      async () => {
        if (process.child.exitCode !== null) throw new Error(process.output())
        return process.output().includes('Ctrl-C stops it')
      },
      'it runs',
      60_000,
    )
    return { ...process, url: `http://127.0.0.1:${port}` }
  }

  it('does the main job once, says so and leaves nothing behind', async () => {
    const { ended, output } = wellhead(['start', '--once'])
    expect(await ended, output()).toBe(0)
    const keyed = ['Notion', 'Jina Reader', 'Firecrawl'].map((name) => new RegExp(`${name}\\s+│ API key`))
    const granted = ['Notion', 'Google Drive', 'Dropbox', 'OneDrive'].map((name) => new RegExp(`${name}\\s+│ OAuth`))
    for (const row of [...keyed, ...granted]) expect(output()).toMatch(row)
    expect(output()).toContain('Notion: refused a wrong key')
    expect(output()).toContain('Notion: refreshed after its token expired')
    expect(output()).toMatch(/Done in \d+\.\d s/)
    expect(output()).not.toMatch(/warning|deprecat/i)
  })

  it('has its database put in order after a restore, while it does not run', async () => {
    const nothing = wellhead(['restore'])
    expect(await nothing.ended).toBe(1)
    expect(nothing.output()).toContain('there is no database in .wellhead')
    const running = await started()
    const beside = wellhead(['restore'])
    expect(await beside.ended, beside.output()).toBe(1)
    running.child.kill('SIGINT')
    await running.ended
    const after = wellhead(['restore'])
    expect(await after.ended, after.output()).toBe(0)
    expect(after.output()).toContain('No connection has a refresh token')
  })

  it('prints a link that signs in, once', async () => {
    const { output, url } = await started()
    const link = output().match(/http:\/\/localhost:\d+\/sign-in\/link\/\S+/)?.[0] as string
    expect(link).toBeTruthy()
    // As a browser does: the page asks first, so that a preview of the link does not use it up.
    const page = await fetch(link, { redirect: 'manual' })
    const answer =
      page.status === 200
        ? await fetch(link, {
            method: 'POST',
            redirect: 'manual',
            headers: { origin: new URL(link).origin, 'content-type': 'application/x-www-form-urlencoded' },
          })
        : page
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    expect(cookie).not.toBe('')
    const session = await fetch(`${url.replace('127.0.0.1', 'localhost')}/v1/session`, { headers: { cookie } })
    expect(session.status).toBe(200)
    const again = await fetch(link, {
      method: page.status === 200 ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { origin: new URL(link).origin, 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(again.headers.getSetCookie().some((line) => /session/.test(line) && !/Max-Age=0/.test(line))).toBe(false)
  })

  it('says by which address its owner signs in, once there is a password', async () => {
    const first = await started()
    const link = first.output().match(/http:\/\/localhost:\d+\/sign-in\/link\/\S+/)?.[0] as string
    expect(first.output()).not.toContain('owner@wellhead.local')
    const entered = await fetch(link, { redirect: 'manual' })
    const cookie = entered.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const { origin } = new URL(link)
    const set = await fetch(`${origin}/v1/session/password`, {
      method: 'PUT',
      headers: { origin, cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ new_password: 'a long password' }),
    })
    expect(set.status).toBe(200)
    first.child.kill('SIGINT')
    await first.ended
    const second = await started()
    const email = second.output().match(/Or sign in as (\S+) with your password\./)?.[1] as string
    const again = second.url.replace('127.0.0.1', 'localhost')
    const answer = await fetch(`${again}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: again },
      body: new URLSearchParams({ email, password: 'a long password' }),
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  })

  it('refuses a second start on the same folder, and stops cleanly on Ctrl-C', async () => {
    const first = await started()
    const second = wellhead(['start', '--port', String(await freePort())])
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/in use/)
    // Twice at once, as when a terminal and npm both pass it on: it still stops in good order.
    first.child.kill('SIGINT')
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.output()).toContain('Stopping')
  })

  it('says that its port is taken, and takes everything down again', async () => {
    const { createServer } = await import('node:net')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { ended, output } = wellhead(['start', '--port', String(port)])
    expect(await ended).toBe(1)
    expect(output()).toContain(`port ${port} is taken`)
    await new Promise((resolve) => server.close(resolve))
  })

  it('stops on Ctrl-C while it does the main job', async () => {
    const { child, ended, output } = wellhead(['start', '--once'])
    await until(async () => output().includes('connected by API key'), 'it has begun')
    child.kill('SIGINT')
    expect(await ended).toBe(130)
  })

  it('goes on after it was killed: connections and their grants are still there', async () => {
    const first = await started()
    const token = await tokenOf()
    const client = createClient({ baseUrl: first.url, token })
    // The sandbox's sample key, as the page shows it to whoever tries things out.
    const sample = (await import('@wellhead/sandbox')).startSandbox
    await using sandbox = disposable(await sample({ only: ['notion'] }))
    const created = await client.connections.create({
      body: { data_source: 'notion', api_key: sandbox.apiKeys.notion as string },
    })
    expect(created.status).toBe('active')
    first.child.kill('SIGKILL')
    await first.ended

    const second = await started()
    const again = createClient({ baseUrl: second.url, token })
    const run = await again.runs.create({ body: { data_source: 'notion', operation: 'list_pages' } })
    const ended = await until(async () => {
      const now = await again.runs.get({ params: { id: run.id } })
      return now.finished_at !== null && now
    }, 'the run ends')
    expect(ended.status).toBe('completed')
  })

  it('refuses to start without the key that its database was sealed with', async () => {
    const first = await started()
    first.child.kill('SIGINT')
    await first.ended
    await rename(join(folder, '.wellhead/encryption-keys'), join(folder, 'elsewhere'))
    const second = wellhead(['start'])
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/encryption-keys is missing.*Put the file back/s)
  })

  const source = (change: string) => `
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
    export default {
      specVersion: 1, id: 'acme', name: 'Acme', description: 'x', icon: '<svg/>', kind: 'online_document',
      documentationUrl: 'https://acme.test', endpoints: { api: 'https://api.acme.test' },
      auth: [{ method: 'api_key', label: 'Key', help: 'x', keyUrl: 'https://acme.test', placeholder: 'x', placement: { header: 'authorization', scheme: 'Bearer' } }],
      parameters: z.object({}), identify: async () => ({}), toError: () => new Error(), listPages: async () => ({}), readPage: async () => ({}),
      ${change}
    }`

  it.each([
    ['of another spec version', source('specVersion: 7,'), /broken\.mjs.*7.*1|broken\.mjs.*1.*7/s],
    ['that throws on load', "throw new Error('no such luck')", /broken\.mjs.*no such luck/s],
    ['with an id that is taken', source("id: 'notion',"), /broken\.mjs.*notion/s],
    ['that is none', 'export const nothing = 1', /broken\.mjs.*no data source/s],
  ])('refuses a plugin %s by a sentence that says which file and why', async (_, code, sentence) => {
    await writeFile(join(folder, 'broken.mjs'), code)
    await writeFile(join(folder, 'wellhead.config.json'), JSON.stringify({ plugins: ['./broken.mjs'] }))
    const { ended, output } = wellhead(['start', '--port', String(await freePort())])
    expect(await ended).toBe(1)
    expect(output()).toMatch(sentence)
    expect(output()).not.toMatch(/\n\s+at /)
  })

  it.each([
    ['a port that is none', ['start', '--port', 'high'], {}, /--port must be a number/],
    ['a sandbox that is none', ['start', '--sandbox', 'nowhere'], {}, /has no nowhere/],
    ['an unknown option', ['start', '--twice'], {}, /unknown option/],
    ['a public URL without a scheme', ['start'], { WELLHEAD_PUBLIC_URL: 'wellhead.acme.test' }, /WELLHEAD_PUBLIC_URL/],
    ['an API without a database', ['api'], {}, /DATABASE_URL is not set/],
    ['a client without a token', ['connections', 'list'], {}, /API token/],
  ])('explains %s', async (_, args, env, sentence) => {
    const { ended, output } = wellhead(args, env as Record<string, string>)
    expect(await ended).not.toBe(0)
    expect(output()).toMatch(sentence)
  })

  async function tokenOf(): Promise<string> {
    const { ended, output } = wellhead(['token', 'create', '--name', 'tests'])
    expect(await ended, output()).toBe(0)
    return output().match(/wh_\w+/)?.[0] as string
  }
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

function disposable<Thing extends { close(): Promise<void> }>(thing: Thing): Thing & AsyncDisposable {
  return Object.assign(thing, { [Symbol.asyncDispose]: () => thing.close() })
}
