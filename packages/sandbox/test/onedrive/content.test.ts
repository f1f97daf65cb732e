import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/index.ts'
import { graph, itemAt, redirectUri, signIn } from './api.ts'

let sandbox: Sandbox
let ada: string
let bo: string
beforeAll(async () => {
  sandbox = await startSandbox({ only: ['onedrive'], redirectUris: [redirectUri] })
})
afterAll(() => sandbox?.close())
beforeEach(async () => {
  sandbox.control.reset()
  ada = (await signIn(sandbox)).access_token
  bo = (await signIn(sandbox, 'Bo')).access_token
})

/** Where the content of a file is. */
async function locate(path: string, by = ada): Promise<string> {
  const { id } = await itemAt(sandbox, by, path)
  const { status, headers } = await graph(sandbox, by, `/me/drive/items/${id}/content`)
  expect(status).toBe(302)
  return headers.get('location')!
}
const priceList = 'product,price\nRye bread,4.20\nCroissant,1.90\n'

describe('content', () => {
  test('lies on another origin, behind a URL that is good by itself', async () => {
    const url = await locate('/Price list.csv')
    expect(new URL(url).origin).not.toBe(sandbox.origin)
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/csv')
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''Price%20list.csv")
    expect(await response.text()).toBe(priceList)
    expect(await (await fetch(await locate('/日本語のメモ.txt'))).text()).toBe('小麦粉を百キロ注文する。\n')
  })

  test('is refused to whoever brings a token along', async () => {
    const url = await locate('/Welcome.md')
    for (const authorization of [`Bearer ${ada}`, 'Bearer x', 'Basic eDp5'])
      expect((await fetch(url, { headers: { authorization } })).status).toBe(401)
  })

  test('is there for minutes on the clock', async () => {
    const [work, own] = [await locate('/Welcome.md'), await locate('/Notes.txt', bo)]
    sandbox.control.advance(299)
    expect((await fetch(work)).status).toBe(200)
    sandbox.control.advance(2)
    expect((await fetch(work)).status).toBe(401)
    expect((await fetch(own)).status).toBe(403)
    expect((await fetch(work.replace(/tempauth=.*/, 'tempauth=made.up'))).status).toBe(401)
    expect((await fetch(work.replace(/\?.*/, ''))).status).toBe(401)
  })

  test('keeps its URL for a while, and gets a new one in time', async () => {
    const url = await locate('/Welcome.md')
    expect(await locate('/Welcome.md')).toBe(url)
    sandbox.control.advance(151)
    expect(await locate('/Welcome.md')).not.toBe(url)
  })

  test('comes in ranges, or not at all outside', async () => {
    const url = await locate('/Price list.csv')
    const part = await fetch(url, { headers: { range: 'bytes=14-22' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 14-22/${priceList.length}`])
    expect(await part.text()).toBe('Rye bread')
    expect((await fetch(url, { headers: { range: 'bytes=999-' } })).status).toBe(416)
    // Graph itself knows no ranges.
    const { id } = await itemAt(sandbox, ada, '/Price list.csv')
    const asked = await graph(sandbox, ada, `/me/drive/items/${id}/content`, { headers: { range: 'bytes=0-1' } })
    expect(asked.status).toBe(302)
  })

  test('comes whole when the host knows no ranges', async () => {
    sandbox.control.settings('onedrive', { ignoreRange: true })
    const whole = await fetch(await locate('/Price list.csv'), { headers: { range: 'bytes=14-22' } })
    expect([whole.status, await whole.text()]).toEqual([200, priceList])
  })

  test('is not sent again to whoever has it', async () => {
    const item = await itemAt(sandbox, ada, '/Welcome.md')
    const headers = { 'if-none-match': item.cTag! }
    expect((await graph(sandbox, ada, `/me/drive/items/${item.id}/content`, { headers })).status).toBe(304)
    expect((await fetch(await locate('/Welcome.md'), { headers })).status).toBe(304)
    sandbox.control.settings('onedrive', { files: { write: { path: '/Welcome.md', text: 'new' } } })
    expect((await graph(sandbox, ada, `/me/drive/items/${item.id}/content`, { headers })).status).toBe(302)
  })

  test('of what has none, or must not be had, is an error', async () => {
    for (const [path, status] of [
      ['/Reports', 400],
      ['/Bakery notebook', 400],
      ['/From Bo', 400],
      ['/Quarantined.zip', 403],
    ] as const) {
      const { id } = await itemAt(sandbox, ada, path)
      expect((await graph(sandbox, ada, `/me/drive/items/${id}/content`)).status).toBe(status)
    }
    const { id } = await itemAt(sandbox, ada, '/Quarantined.zip')
    const { body } = await graph(sandbox, ada, `/me/drive/items/${id}/content`)
    expect(body.error.innerError.code).toBe('malwareDetected')
    const office = await itemAt(sandbox, ada, '/Wedding cakes.docx')
    expect((await graph(sandbox, ada, `/me/drive/items/${office.id}/content?format=pdf`)).status).toBe(406)
  })

  test('of a file that is gone meanwhile is gone too', async () => {
    const url = await locate('/Welcome.md')
    sandbox.control.settings('onedrive', { files: { trash: { path: '/Welcome.md' } } })
    expect((await fetch(url)).status).toBe(404)
  })

  test('goes wrong by fault like the rest', async () => {
    const url = await locate('/Price list.csv')
    sandbox.control.fault({ provider: 'onedrive', match: 'GET /download/', kind: 'truncated' })
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow()
    sandbox.control.fault({ provider: 'onedrive', match: 'GET /download/', kind: 'status', status: 503 })
    expect((await fetch(url)).status).toBe(503)
    const paths = sandbox.control.requests('onedrive').map(({ path }) => path)
    expect(paths).toContain('/download/Price%20list.csv')
    expect(paths.join()).not.toContain('tempauth')
  })
})
