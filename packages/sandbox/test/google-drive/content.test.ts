import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import type { drive_v3 } from '@googleapis/drive'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { type Answer, connect, endpoint, get, type Query, startDrive } from './stand.ts'

let sandbox: Sandbox
let token: string
beforeAll(async () => {
  sandbox = await startDrive()
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  sandbox.control.reset()
  token = (await connect(sandbox)).access_token
})

async function named(name: string, q = 'trashed = false'): Promise<drive_v3.Schema$File & { id: string }> {
  const fields = 'files(id,name,size,mimeType,exportLinks)'
  const { body } = await get(sandbox, token, '/files', { q, fields })
  return body.files.find((file: drive_v3.Schema$File) => file.name === name)
}
const media = async (name: string, headers: Record<string, string> = {}, query: Query = {}) =>
  get(sandbox, token, `/files/${(await named(name)).id}`, { alt: 'media', ...query }, headers)
const exported = async (name: string, mimeType: string) =>
  get(sandbox, token, `/files/${(await named(name)).id}/export`, { mimeType })
const reasonOf = ({ status, body }: Answer) => [status, body.error.errors[0].reason]

describe('alt=media', () => {
  test('gives the bytes, without an etag', async () => {
    const { status, headers, body } = await media('Price list.csv')
    expect([status, headers.get('content-type'), headers.get('content-length')]).toEqual([200, 'text/csv', '44'])
    expect(headers.get('etag')).toBeNull()
    expect(body.toString()).toBe('product,price\nRye bread,4.20\nCroissant,1.90\n')
    expect((await media('Empty.txt')).body).toHaveLength(0)
    const { id } = await named('Price list.csv')
    const { md5Checksum } = (await get(sandbox, token, `/files/${id}`, { fields: 'md5Checksum' })).body
    expect(md5Checksum).toBe(createHash('md5').update(body).digest('hex'))
  })

  test('gives a part, and 416 for what lies outside', async () => {
    const part = await media('Price list.csv', { range: 'bytes=14-22' })
    expect([part.status, part.headers.get('content-range'), part.body.toString()]).toEqual([
      206,
      'bytes 14-22/44',
      'Rye bread',
    ])
    expect((await media('Price list.csv', { range: 'bytes=-5' })).body.toString()).toBe('1.90\n')
    const rest = await media('Price list.csv', { range: 'bytes=39-', 'if-none-match': '"x"' })
    expect([rest.status, rest.body.toString()]).toEqual([206, '1.90\n'])
    const outside = await media('Price list.csv', { range: 'bytes=44-' })
    expect([...reasonOf(outside), outside.headers.get('content-range')]).toEqual([
      416,
      'requestedRangeNotSatisfiable',
      'bytes */44',
    ])
  })

  test('of the large file is whole: its parts fit together', async () => {
    const { id, size } = await named('Open day.mp4')
    expect(size).toBe(String(300 * 1024 * 1024))
    const part = async (range: string) =>
      (await get(sandbox, token, `/files/${id}`, { alt: 'media' }, { range: `bytes=${range}` })).body
    const [whole, left, right] = [await part('65000-131099'), await part('65000-65539'), await part('65540-131099')]
    expect(Buffer.concat([left, right]).equals(whole)).toBe(true)
    expect((await part(`${Number(size) - 10}-`)).length).toBe(10)
  })

  test('the hash of the large file is made while others are served', async () => {
    const { id } = await named('Open day.mp4')
    const told: string[] = []
    const hashed = get(sandbox, token, `/files/${id}`, { fields: 'md5Checksum' }).then(() => told.push('hash'))
    const served = get(sandbox, token, '/about', { fields: 'user' }).then(() => told.push('about'))
    await Promise.all([hashed, served])
    expect(told).toEqual(['about', 'hash'])
  })

  test.each([
    ['Team plan', 403, 'fileNotDownloadable'],
    ['Reports', 403, 'fileNotDownloadable'],
    ['Shortcut to Welcome', 403, 'fileNotDownloadable'],
    ['Contract (view only).pdf', 403, 'cannotDownloadFile'],
    ['Quarantined.zip', 403, 'cannotDownloadAbusiveFile'],
  ])('of %s is refused', async (name, status, reason) => {
    expect(reasonOf(await media(name))).toEqual([status, reason])
  })

  test('of malware is given to who acknowledges it', async () => {
    expect((await media('Quarantined.zip', {}, { acknowledgeAbuse: 'true' })).status).toBe(200)
    expect(reasonOf(await media('Welcome.md', {}, { alt: 'csv' }))[0]).toBe(400)
  })
})

describe('export', () => {
  test.each([
    ['Team plan', 'text/markdown', 'Team plan\n\nHire one more baker by May.\n'],
    ['Team plan', 'text/plain', 'Team plan\n\nHire one more baker by May.\n'],
    ['Team plan', 'text/html', '<html><body>Team plan<br><br>Hire one more baker by May.<br></body></html>'],
    ['Budget', 'text/csv', 'item,cost\nOven,12000\nVan,18000\n'],
    ['Budget', 'text/tab-separated-values', 'item\tcost\nOven\t12000\nVan\t18000\n'],
    ['Pitch', 'text/plain', 'Bread for the whole harbour\n'],
  ])('writes %s as %s', async (name, mimeType, text) => {
    const { status, headers, body } = await exported(name, mimeType)
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([200, mimeType])
    expect(body.toString()).toBe(text)
  })

  test('writes a PDF whose table of objects is right', async () => {
    for (const name of ['Team plan', 'Budget', 'Pitch', 'Floor plan']) {
      const { body } = await exported(name, 'application/pdf')
      const text: string = body.toString('latin1')
      expect(text).toMatch(/^%PDF-1\.4\n/)
      expect(text).toContain(`(${name}) Tj`)
      const start = Number(/startxref\n(\d+)\n%%EOF/.exec(text)?.[1])
      expect(text.slice(start, start + 4)).toBe('xref')
      const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n /gm)].map(([, offset]) => Number(offset))
      expect(offsets.map((offset) => text.slice(offset, offset + 7))).toEqual(
        offsets.map((_, index) => `${index + 1} 0 obj`),
      )
    }
    expect((await exported('Floor plan', 'image/svg+xml')).body.toString()).toContain('<svg')
  })

  test('writes a workbook that is a ZIP archive of its parts', async () => {
    const mimeType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    const { body } = await exported('Budget', mimeType)
    const parts = unzip(body)
    expect(Object.keys(parts)).toContain('xl/workbook.xml')
    expect(parts['xl/worksheets/sheet1.xml']).toContain('<t>Oven</t></is></c><c><v>12000</v></c>')
  })

  test.each([
    ['Team plan', 'application/x-unknown', 400, 'badRequest'],
    ['Team plan', 'text/csv', 400, 'badRequest'],
    ['Customer survey', 'application/pdf', 400, 'badRequest'],
    ['Welcome.md', 'text/plain', 403, 'fileNotExportable'],
    ['Reports', 'text/plain', 403, 'fileNotExportable'],
    ['Minutes of every meeting', 'text/markdown', 403, 'exportSizeLimitExceeded'],
  ])('of %s as %s is refused', async (name, mimeType, status, reason) => {
    expect(reasonOf(await exported(name, mimeType))).toEqual([status, reason])
  })

  test('needs a format', async () => {
    const { id } = await named('Team plan')
    expect(reasonOf(await get(sandbox, token, `/files/${id}/export`))).toEqual([400, 'required'])
  })
})

describe('export links', () => {
  const follow = (url: string, authorization = `Bearer ${token}`) => fetch(url, { headers: { authorization } })

  test('lead to another host, and give with the token what is too large to export', async () => {
    const { exportLinks = {}, id } = await named('Minutes of every meeting')
    const link = exportLinks?.['text/markdown'] ?? ''
    expect(link).toMatch(new RegExp(`^${endpoint(sandbox, 'docs')}/feeds/download/documents/export/Export\\?id=${id}&`))
    expect(new URL(link).origin).not.toBe(new URL(endpoint(sandbox, 'api')).origin)
    const text = await (await follow(link)).text()
    expect(text.length).toBeGreaterThan(10 * 1024 * 1024)
    expect(text).toMatch(/^Meeting 1\. A very long document\.\n/)
    expect((await follow(link, 'Bearer wrong')).status).toBe(401)
    expect((await fetch(link)).status).toBe(403)
    expect((await follow(link.replace('=md', '=docx'))).status).toBe(404)
    expect((await follow(link.replace(id, 'none'))).status).toBe(404)
  })

  test('are there for what can be exported alone', async () => {
    expect(Object.keys((await named('Budget')).exportLinks ?? {})).toContain('text/csv')
    for (const name of ['Customer survey', 'Welcome.md', 'Reports'])
      expect(await named(name)).not.toHaveProperty('exportLinks')
  })
})

/** The files of an archive, by its central directory. */
function unzip(archive: Buffer): Record<string, string> {
  const end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const files: Record<string, string> = {}
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    expect(archive.toString('latin1', at, at + 4)).toBe('PK\x01\x02')
    const [method, size, nameLength] = [
      archive.readUInt16LE(at + 10),
      archive.readUInt32LE(at + 20),
      archive.readUInt16LE(at + 28),
    ]
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    const local = archive.readUInt32LE(at + 42)
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const bytes = archive.subarray(start, start + size)
    files[name] = (method === 0 ? bytes : inflateRawSync(bytes)).toString()
    at += 46 + nameLength
  }
  return files
}
