import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createAddressPolicy } from '../src/egress/address-policy.ts'
import { createEgress, type Egress, EgressError, type EgressOptions } from '../src/index.ts'
import { closedPort, serve, serveTcp } from './loopback-server.ts'

const open: Egress[] = []
const loopback = ['127.0.0.1/32']

function egress(options: Partial<EgressOptions> = {}): Egress {
  const one = createEgress({ allow: loopback, ...options })
  open.push(one)
  return one
}

async function failure(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EgressError)
  return error as EgressError
}

/** A kept connection is used again only after one turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

const resolvesTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? (6 as const) : (4 as const) }))

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

describe('addresses', () => {
  const special = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.8',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2001::1',
    '100::1',
    'fc00::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'not an address',
  ]

  test.each(special)('%s is refused', (address) => {
    expect(createAddressPolicy([])(address)).toBe(false)
  })

  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '172.32.0.1'])('%s is allowed', (address) => {
    expect(createAddressPolicy([])(address)).toBe(true)
  })

  test('a range allows its own addresses and no others', () => {
    const isAllowed = createAddressPolicy(['10.0.0.0/8', '::1', '127.0.0.1/32'])
    expect(['10.9.9.9', '::1', '127.0.0.1'].every(isAllowed)).toBe(true)
    expect(['127.0.0.2', '::ffff:10.9.9.9', '192.168.0.1'].some(isAllowed)).toBe(false)
  })

  test('a range that cannot be read is refused by name', () => {
    expect(() => createAddressPolicy(['10.0.0.0/99'])).toThrow(/10\.0\.0\.0\/99/)
  })
})

describe('where requests may go', () => {
  test('loopback is denied by default and nothing reaches the server', async () => {
    await using server = await serve((_, response) => response.end())
    const error = await failure(egress({ allow: [] }).fetch(`${server.origin}/a?secret=1`))
    expect(error).toMatchObject({ code: 'egress_denied', sent: false })
    expect(error.message).not.toContain('secret')
    expect(server.connections).toBe(0)
  })

  test.each(['http://2130706433', 'http://0x7f.1', 'http://[::ffff:127.0.0.1]', 'http://[::1]', 'http://0'])(
    '%s is loopback in disguise',
    async (origin) => {
      await using server = await serve((_, response) => response.end())
      const error = await failure(egress({ allow: [] }).fetch(`${origin}:${server.port}/`))
      expect(error).toMatchObject({ code: 'egress_denied', sent: false })
      expect(server.connections).toBe(0)
    },
  )

  test('an allowed range is reached', async () => {
    await using server = await serve((_, response) => response.end('hello'))
    const response = await egress().fetch(`${server.origin}/a`)
    expect(response.status).toBe(200)
    expect(response.url).toBe(`${server.origin}/a`)
    expect(await response.text()).toBe('hello')
  })

  test('a name that resolves to a private address is denied', async () => {
    await using server = await serve((_, response) => response.end())
    const error = await failure(
      egress({ allow: [], resolve: resolvesTo('127.0.0.1') }).fetch(`http://docs.example.com:${server.port}/`),
    )
    expect(error).toMatchObject({ code: 'egress_denied', sent: false })
    expect(server.connections).toBe(0)
  })

  test('the checked address is the one connected to: a name that answers differently later gains nothing', async () => {
    await using server = await serve((_, response) => response.end('first'))
    let asked = 0
    const rebinding = async () => {
      asked++
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 as const }]
    }
    const guard = egress({ resolve: rebinding })
    const first = await guard.fetch(`http://rebind.example.com:${server.port}/`, { connection: 'fresh' })
    expect(await first.text()).toBe('first')
    expect(asked).toBe(1)
    const error = await failure(guard.fetch(`http://rebind.example.com:${server.port}/`, { connection: 'fresh' }))
    expect(error).toMatchObject({ code: 'egress_denied', sent: false })
    expect(server.seen).toHaveLength(1)
  })

  test('of several addresses only the allowed ones are tried', async () => {
    await using server = await serve((_, response) => response.end('ok'))
    const guard = egress({ resolve: resolvesTo('127.0.0.2', '::1', '127.0.0.1') })
    expect(await (await guard.fetch(`http://many.example.com:${server.port}/`)).text()).toBe('ok')
  })

  test.each([
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'http://user:hunter2@127.0.0.1/',
    'nonsense',
    '/relative',
    'data:text/plain,x',
  ])('%s is not asked', async (url) => {
    const error = await failure(egress().fetch(url))
    expect(error).toMatchObject({ code: 'egress_invalid_url', sent: false })
    expect(error.message).not.toContain('hunter2')
  })

  test('a header that HTTP cannot carry is refused without repeating it', async () => {
    const error = await failure(egress().fetch('http://127.0.0.1:1/', { headers: { authorization: 'Bearer to\nken' } }))
    expect(error).toMatchObject({ code: 'egress_invalid_url', sent: false })
    expect(error.message).not.toContain('ken')
  })

  test('the Host header cannot name another host than the one checked', async () => {
    await using server = await serve((_, response) => response.end())
    await (await egress().fetch(server.origin, { headers: { Host: 'metadata.internal', 'X-Own': 'kept' } })).text()
    expect(server.seen[0]?.headers.host).toBe(`127.0.0.1:${server.port}`)
    expect(server.seen[0]?.headers['x-own']).toBe('kept')
  })
})

describe('redirects', () => {
  test('are followed, and leave proofs of identity behind at another origin', async () => {
    await using target = await serve((_, response) => response.end('there'))
    await using server = await serve((request, response) =>
      response.writeHead(302, { location: request.url === '/a' ? '/b' : `${target.origin}/c` }).end(),
    )
    const response = await egress().fetch(`${server.origin}/a`, {
      headers: { authorization: 'Bearer t', cookie: 'c=1', 'x-own': 'kept' },
    })
    expect(await response.text()).toBe('there')
    expect(response.redirected).toBe(true)
    expect(response.url).toBe(`${target.origin}/c`)
    expect(server.seen.map((one) => one.headers.authorization)).toEqual(['Bearer t', 'Bearer t'])
    expect(target.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(target.seen[0]?.headers).not.toHaveProperty('cookie')
    expect(target.seen[0]?.headers['x-own']).toBe('kept')
  })

  test('follow the same rules: a private target is denied, and the request counts as sent', async () => {
    await using server = await serve((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    )
    expect(await failure(egress().fetch(server.origin))).toMatchObject({ code: 'egress_denied', sent: true })
  })

  test.each(['http://u:p@127.0.0.1/', 'gopher://x/', 'http://['])('to %s are refused', async (location) => {
    await using server = await serve((_, response) => response.writeHead(302, { location }).end())
    expect(await failure(egress().fetch(server.origin))).toMatchObject({ code: 'egress_invalid_url', sent: true })
  })

  test('end after five', async () => {
    await using server = await serve((_, response) => response.writeHead(302, { location: '/again' }).end())
    expect(await failure(egress().fetch(server.origin))).toMatchObject({
      code: 'egress_too_many_redirects',
      sent: true,
    })
    expect(server.seen).toHaveLength(6)
  })

  test('are an error or handed back where wanted', async () => {
    await using server = await serve((_, response) => response.writeHead(302, { location: '/b' }).end())
    expect(await failure(egress().fetch(server.origin, { redirect: 'error' }))).toMatchObject({
      code: 'egress_too_many_redirects',
      sent: true,
    })
    const response = await egress().fetch(server.origin, { redirect: 'manual' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/b')
  })

  test('303 turns a POST into a GET without its body; 307 keeps both', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/303') response.writeHead(303, { location: '/end' }).end()
      else if (request.url === '/307') response.writeHead(307, { location: '/end' }).end()
      else response.end()
    })
    for (const path of ['/303', '/307']) {
      const headers = { 'content-type': 'text/plain' }
      await (await egress().fetch(server.origin + path, { method: 'POST', body: 'data', headers })).text()
    }
    const ends = server.seen.filter((one) => one.url === '/end')
    expect(ends.map(({ method, body }) => ({ method, body }))).toEqual([
      { method: 'GET', body: '' },
      { method: 'POST', body: 'data' },
    ])
    expect(ends[0]?.headers).not.toHaveProperty('content-type')
  })
})

describe('whether the request was sent', () => {
  test('a name without an address: no', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    expect(await failure(egress({ resolve }).fetch('http://nowhere.example.com/'))).toMatchObject({
      code: 'egress_dns',
      sent: false,
    })
  })

  test('a refused connection: no', async () => {
    const error = await failure(egress().fetch(`http://127.0.0.1:${await closedPort()}/`))
    expect(error).toMatchObject({ code: 'egress_refused', sent: false })
  })

  test('a connection that never stands: no', async () => {
    // A handshake that gets no answer stands for it; a black-holed address would need a network.
    await using server = await serveTcp(() => {})
    const error = await failure(
      egress({ connectTimeoutMs: 100 }).fetch(`https://127.0.0.1:${server.port}/`, { timeoutMs: 5_000 }),
    )
    expect(error).toMatchObject({ code: 'egress_timeout', sent: false })
  })

  test('the time limit before the connection stands: no, and no later byte either', async () => {
    let told = 0
    let answer: (() => void) | undefined
    await using server = await serve((_, response) => response.end())
    const resolve = () =>
      new Promise<{ address: string; family: 4 }[]>((done) => {
        answer = () => done([{ address: '127.0.0.1', family: 4 }])
      })
    const guard = egress({ resolve })
    const error = await failure(
      guard.fetch(`http://slow.example.com:${server.port}/`, {
        timeoutMs: 50,
        method: 'POST',
        body: 'token',
        onSent: () => told++,
      }),
    )
    expect(error).toMatchObject({ code: 'egress_timeout', sent: false })
    answer?.()
    // A second request over the same pool proves that the first one was dropped and not only late.
    await expect.poll(() => answer).toBeDefined()
    const second = guard.fetch(`http://slow.example.com:${server.port}/second`)
    answer?.()
    expect((await second).status).toBe(200)
    expect(server.seen.map((one) => one.url)).toEqual(['/second'])
    expect(told).toBe(0)
  })

  test('no answer in time: yes', async () => {
    await using server = await serve(() => {})
    const error = await failure(egress().fetch(server.origin, { timeoutMs: 100, method: 'POST', body: 'x' }))
    expect(error).toMatchObject({ code: 'egress_timeout', sent: true })
    expect(server.seen).toHaveLength(1)
  })

  test('a reset after the request: yes, and it is not sent again', async () => {
    await using server = await serve((_request, _response, socket) => socket.resetAndDestroy())
    for (const method of ['GET', 'POST']) {
      expect(await failure(egress().fetch(server.origin, { method }))).toMatchObject({
        code: 'egress_reset',
        sent: true,
      })
    }
    expect(server.seen).toHaveLength(2)
  })

  test('a kept connection that the server closes before any byte: yes, and it is not sent again', async () => {
    let requests = 0
    let connections = 0
    await using server = await serveTcp((socket) => {
      connections++
      socket.on('data', () => {
        requests++
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        else socket.destroy()
      })
    })
    const guard = egress()
    expect(await (await guard.fetch(server.origin)).text()).toBe('ok')
    await turn()
    expect(await failure(guard.fetch(server.origin))).toMatchObject({ code: 'egress_reset', sent: true })
    expect({ requests, connections }).toEqual({ requests: 2, connections: 1 })
  })

  test('a fresh connection is used once', async () => {
    await using server = await serve((_, response) => response.end('ok'))
    const guard = egress()
    for (let i = 0; i < 2; i++) await (await guard.fetch(server.origin, { connection: 'fresh' })).text()
    expect(server.connections).toBe(2)
    for (let i = 0; i < 2; i++) {
      await (await guard.fetch(server.origin)).text()
      await turn()
    }
    expect(server.connections).toBe(3)
  })

  test('an abort: as far as it got', async () => {
    await using server = await serve(() => {})
    expect(await failure(egress().fetch(server.origin, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'egress_aborted',
      sent: false,
    })
    const controller = new AbortController()
    const pending = failure(egress().fetch(server.origin, { signal: controller.signal }))
    await expect.poll(() => server.seen.length).toBe(1)
    controller.abort()
    expect(await pending).toMatchObject({ code: 'egress_aborted', sent: true })
  })

  test('onSent is told once before the first byte, and can hold the request back', async () => {
    await using server = await serve((request, response) =>
      request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end(),
    )
    let told = 0
    await egress().fetch(`${server.origin}/a`, { onSent: () => told++ })
    expect(told).toBe(1)
    const before = server.seen.length
    const error = await failure(
      egress().fetch(server.origin, {
        onSent() {
          throw new Error('too late')
        },
      }),
    )
    expect(error).toMatchObject({ code: 'egress_aborted', sent: false })
    expect(server.seen).toHaveLength(before)
  })

  test('closing ends what is under way', async () => {
    await using server = await serve(() => {})
    const guard = egress()
    const pending = failure(guard.fetch(server.origin))
    await expect.poll(() => server.seen.length).toBe(1)
    await guard.close()
    expect(await pending).toMatchObject({ code: 'egress_aborted', sent: true })
    expect(await failure(guard.fetch(server.origin))).toMatchObject({ code: 'egress_aborted', sent: false })
  })
})

describe('the time limit', () => {
  test('does not run while the process is stopped: an answer that came meanwhile is read', async () => {
    // On a thread of its own, as this one stands still.
    const received = new Int32Array(new SharedArrayBuffer(4))
    const thread = new Worker(
      `const { createServer } = require('node:http')
       const { parentPort, workerData } = require('node:worker_threads')
       const server = createServer((request, response) => {
         Atomics.store(workerData, 0, 1)
         Atomics.notify(workerData, 0)
         response.end('answer')
       })
       server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
      { eval: true, workerData: received },
    )
    try {
      const [port] = await once(thread, 'message')
      const answer = egress().fetch(`http://127.0.0.1:${port}/`, {
        timeoutMs: 600,
        timeoutOf: 'exchange',
        onSent: () =>
          queueMicrotask(() =>
            setImmediate(() => {
              Atomics.wait(received, 0, 0, 5_000)
              // Nothing ever tells: it stands still for this long.
              Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
            }),
          ),
      })
      expect(await (await answer).text()).toBe('answer')
    } finally {
      await thread.terminate()
    }
  })

  test('bounds the way to the headers, or the body too', async () => {
    await using server = await serve((_, response) => void response.writeHead(200).write('half'))
    const rest = async (timeoutOf: 'headers' | 'exchange') => {
      const response = await egress({ idleTimeoutMs: 1_200 }).fetch(server.origin, { timeoutMs: 200, timeoutOf })
      const began = performance.now()
      const error = await failure(response.text())
      return { code: error.code, isIdle: performance.now() - began >= 1_000 }
    }
    expect(await rest('exchange')).toEqual({ code: 'egress_timeout', isIdle: false })
    expect(await rest('headers')).toEqual({ code: 'egress_timeout', isIdle: true })
  })
})

describe('bodies', () => {
  test('stream: the first bytes are there before the last are written', async () => {
    let finish: (() => void) | undefined
    await using server = await serve((_, response) => {
      response.write('first')
      finish = () => response.end('last')
    })
    const response = await egress().fetch(server.origin)
    const reader = response.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
    finish?.()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('last')
    expect((await reader.read()).done).toBe(true)
  })

  test('that unpack to too much end in the reader', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
    await using server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const response = await egress().fetch(server.origin, { maxBytes: 1024 * 1024 })
    let read = 0
    const reading = (async () => {
      for await (const chunk of response.body!) read += chunk.byteLength
    })()
    expect(await failure(reading)).toMatchObject({ code: 'egress_too_large' })
    expect(read).toBeLessThanOrEqual(1024 * 1024)
  })

  test('end with the signal, and can be given up', async () => {
    let closed = 0
    await using server = await serve((_, response) => {
      response.on('close', () => closed++)
      response.write('first')
    })
    const controller = new AbortController()
    const guard = egress()
    const aborted = await guard.fetch(server.origin, { signal: controller.signal })
    const reading = failure(aborted.text())
    controller.abort()
    expect(await reading).toMatchObject({ code: 'egress_aborted' })
    const given = await guard.fetch(server.origin)
    await given.body!.cancel()
    await expect.poll(() => closed).toBe(2)
  })
})

describe.each(['fetch', 'ask'] as const)('bodies by %s', (how) => {
  test.each([
    ['gzip', gzipSync('packed')],
    ['br', brotliCompressSync('packed')],
    ['gzip, br', brotliCompressSync(gzipSync('packed'))],
    ['GZIP', gzipSync('packed')],
  ])('are unpacked from %s', async (encoding, body) => {
    await using server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    const response = await egress()[how](server.origin)
    expect(await response.text()).toBe('packed')
    expect(response.headers.has('content-encoding')).toBe(false)
  })

  test('that say they are too large are refused at once', async () => {
    await using server = await serve((_, response) => response.end(Buffer.alloc(2_000)))
    expect(await failure(egress()[how](server.origin, { maxBytes: 1_000 }))).toMatchObject({
      code: 'egress_too_large',
      sent: true,
    })
  })

  test('that turn out too large end in the reader', async () => {
    await using server = await serve((_, response) => {
      response.write(Buffer.alloc(800))
      response.end(Buffer.alloc(800))
    })
    const response = await egress()[how](server.origin, { maxBytes: 1_000 })
    expect(await failure(response.text())).toMatchObject({ code: 'egress_too_large', sent: true })
  })

  test.each([
    ['fewer bytes than announced', { 'content-length': '100' }, Buffer.from('short')],
    ['half of a gzip', { 'content-encoding': 'gzip' }, gzipSync('something longer').subarray(0, 15)],
    ['no gzip at all', { 'content-encoding': 'gzip' }, Buffer.from('plain')],
  ])('with %s are an error, never a shorter body', async (_, headers, body) => {
    await using server = await serve((_request, response, socket) => {
      response.writeHead(200, headers)
      if ('content-length' in headers) response.write(body, () => socket.destroy())
      else response.end(body)
    })
    const response = await egress()[how](server.origin)
    expect(await failure(response.text())).toMatchObject({ code: 'egress_reset', sent: true })
  })

  test('that stand still end after the idle limit', async () => {
    await using server = await serve((_, response) => {
      response.write('first')
    })
    const response = await egress({ idleTimeoutMs: 100 })[how](server.origin)
    expect(await failure(response.text())).toMatchObject({ code: 'egress_timeout', sent: true })
  })

  test('may be absent', async () => {
    await using server = await serve((request, response) =>
      response.writeHead(Number(request.url.slice(1)), { 'content-encoding': 'gzip' }).end(),
    )
    for (const status of [200, 204, 304, 404]) {
      const response = await egress()[how](`${server.origin}/${status}`)
      expect(response.status).toBe(status)
      expect(await response.text()).toBe('')
    }
    expect((await egress()[how](`${server.origin}/200`, { method: 'HEAD' })).status).toBe(200)
  })

  test('that unpack to too much are not held in memory', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
    await using server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const response = await egress()[how](server.origin, { maxBytes: 1024 * 1024 })
    expect(await failure(response.text())).toMatchObject({ code: 'egress_too_large', sent: true })
  })

  test('end with the signal', async () => {
    await using server = await serve((_, response) => {
      response.write('first')
    })
    const controller = new AbortController()
    const response = await egress()[how](server.origin, { signal: controller.signal })
    const reading = failure(response.text())
    controller.abort()
    expect(await reading).toMatchObject({ code: 'egress_aborted', sent: true })
  })

  test('are UTF-8, whose mark at the beginning is none of it', async () => {
    const text = '\ufeff\u{1f511} key'
    await using server = await serve((_, response) => {
      const bytes = Buffer.from(text)
      response.write(bytes.subarray(0, 5))
      response.end(bytes.subarray(5))
    })
    expect(await (await egress()[how](server.origin)).text()).toBe('\u{1f511} key')
  })
})

describe('TLS', () => {
  // openssl is on every machine that builds Node projects in CI; a certificate in the repository would expire.
  const folder = mkdtempSync(join(tmpdir(), 'wellhead-tls-'))
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=local -addext subjectAltName=DNS:good.example.com -keyout ${keyFile} -out ${certFile}`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  )
  const cert = readFileSync(certFile, 'utf8')

  async function serveTls(answer: RequestListener = (_, response) => response.end('secret')) {
    const server = createTlsServer({ key: readFileSync(keyFile), cert }, answer)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    return {
      port,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  test('a certificate of an unknown authority: not sent', async () => {
    await using server = await serveTls()
    const guard = egress({ resolve: resolvesTo('127.0.0.1') })
    expect(await failure(guard.fetch(`https://good.example.com:${server.port}/`))).toMatchObject({
      code: 'egress_tls',
      sent: false,
    })
  })

  test('an extra authority is trusted, for the names in its certificate alone', async () => {
    await using server = await serveTls()
    const guard = egress({ resolve: resolvesTo('127.0.0.1'), ca: [cert] })
    expect(await (await guard.fetch(`https://good.example.com:${server.port}/`)).text()).toBe('secret')
    expect(await failure(guard.fetch(`https://bad.example.com:${server.port}/`))).toMatchObject({
      code: 'egress_tls',
      sent: false,
    })
  })

  test('a redirect to a URL without encryption is followed, or is not where that is wanted', async () => {
    await using plain = await serve((_, response) => response.end('for everybody to read'))
    await using server = await serveTls((_, response) => response.writeHead(302, { location: plain.origin }).end())
    const guard = egress({ resolve: resolvesTo('127.0.0.1'), ca: [cert] })
    const url = `https://good.example.com:${server.port}/`
    expect(await failure(guard.fetch(url, { staysEncrypted: true }))).toMatchObject({ code: 'egress_not_encrypted' })
    expect(plain.seen).toEqual([])
    expect(await (await guard.fetch(url)).text()).toBe('for everybody to read')
  })

  test('goes through a proxy by CONNECT, with the extra authority', async () => {
    await using server = await serveTls()
    const connects: string[] = []
    await using proxy = await serveTcp((socket) => {
      socket.once('data', (data) => {
        connects.push(String(data).split('\r\n')[0] ?? '')
        const onward = connectTcp(server.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          socket.pipe(onward).pipe(socket)
        }).on('error', () => socket.destroy())
        socket.on('close', () => onward.destroy())
      })
    })
    const guard = egress({ allow: [], proxy: proxy.origin, resolve: resolvesTo('8.8.8.8'), ca: [cert] })
    expect(await (await guard.fetch(`https://good.example.com:${server.port}/`)).text()).toBe('secret')
    expect(connects).toEqual([`CONNECT good.example.com:${server.port} HTTP/1.1`])
  })
})

describe('a proxy', () => {
  test('gets plain requests whole, though its own address is private', async () => {
    await using proxy = await serve((_, response) => response.end('by proxy'))
    const guard = egress({ allow: [], proxy: proxy.origin, resolve: resolvesTo('8.8.8.8') })
    expect(await (await guard.fetch('http://docs.example.com/a')).text()).toBe('by proxy')
    expect(proxy.seen[0]?.url).toBe('http://docs.example.com/a')
  })

  test('is no way around the address checks', async () => {
    await using proxy = await serve((_, response) => response.end())
    const guard = egress({ allow: [], proxy: proxy.origin, resolve: resolvesTo('10.0.0.1') })
    for (const url of ['http://169.254.169.254/', 'http://intranet.example.com/']) {
      expect(await failure(guard.fetch(url))).toMatchObject({ code: 'egress_denied', sent: false })
    }
    expect(proxy.seen).toHaveLength(0)
  })

  test('is asked for names that only it can resolve', async () => {
    await using proxy = await serve((_, response) => response.end('by proxy'))
    const resolve = () => Promise.reject(new Error('no DNS'))
    const guard = egress({ allow: [], proxy: proxy.origin, resolve })
    expect(await (await guard.fetch('http://docs.example.com/')).text()).toBe('by proxy')
  })

  test('is passed by for noProxy hosts, which are checked as ever', async () => {
    await using proxy = await serve((_, response) => response.end('by proxy'))
    await using server = await serve((_, response) => response.end('direct'))
    const resolve = resolvesTo('127.0.0.1')
    const url = `http://inside.example.com:${server.port}/`
    const guard = egress({ proxy: proxy.origin, noProxy: 'inside.example.com', resolve })
    expect(await (await guard.fetch(url)).text()).toBe('direct')
    const strict = egress({ allow: [], proxy: proxy.origin, noProxy: 'inside.example.com', resolve })
    expect(await failure(strict.fetch(url))).toMatchObject({ code: 'egress_denied', sent: false })
    expect(proxy.seen).toHaveLength(0)
  })

  test('that refuses the tunnel: not sent', async () => {
    await using proxy = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'))
    })
    const guard = egress({ allow: [], proxy: proxy.origin, resolve: resolvesTo('8.8.8.8') })
    expect(await failure(guard.fetch('https://docs.example.com/'))).toMatchObject({
      code: 'egress_refused',
      sent: false,
    })
  })
})
