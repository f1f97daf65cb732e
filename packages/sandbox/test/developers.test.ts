import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

const redirectUri = 'http://localhost:3400/oauth/callback/x'

function register(
  id: string,
  form: Record<string, string>,
  headers: Record<string, string> = { origin: sandbox.origin },
) {
  const url = sandbox.developerPages[id]?.registration ?? `${sandbox.origin}/developers/${id}`
  return fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })
}

const shown = (html: string, id: string) => new RegExp(`<code id="${id}">([^<]+)</code>`).exec(html)?.[1] ?? ''

describe('the page for developers', () => {
  it('shows the key that the provider takes, and a site where it crawls', async () => {
    for (const [id, key] of Object.entries(sandbox.apiKeys)) {
      const pages = sandbox.developerPages[id]
      const answer = await fetch(pages?.keys ?? '')
      expect(answer.status, id).toBe(200)
      const html = await answer.text()
      expect(html).toContain(key)
      expect(html.includes(sandbox.siteUrl)).toBe(pages?.site === sandbox.siteUrl)
    }
    expect(Object.keys(sandbox.developerPages).sort()).toEqual(Object.keys(sandbox.endpoints).sort())
    expect(sandbox.developerPages.firecrawl).toEqual({
      keys: `${sandbox.origin}/developers/firecrawl#keys`,
      site: sandbox.siteUrl,
    })
  })

  it('may not be framed, and runs no script', async () => {
    const answer = await fetch(sandbox.developerPages.notion?.keys ?? '')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it.each(['notion', 'google-drive', 'dropbox', 'onedrive'])(
    'registers an OAuth client of %s, whose redirect URI is then matched exactly',
    async (id) => {
      const html = await (await register(id, { redirect_uri: redirectUri })).text()
      const clientId = shown(html, 'client-id')
      expect(clientId).toMatch(/^sandbox-client-[0-9a-f]{16}$/)
      expect(shown(html, 'client-secret')).toMatch(/^sandbox-secret-[0-9a-f]{32}$/)
      const consent = async (uri: string) => {
        const url = new URL(sandbox.endpoints[id]?.authorize ?? '')
        const scope = { 'google-drive': 'https://www.googleapis.com/auth/drive.readonly', onedrive: 'Files.Read' }[id]
        const asked = { client_id: clientId, redirect_uri: uri, response_type: 'code', state: 's', owner: 'user' }
        for (const [name, value] of Object.entries({ ...asked, ...(scope ? { scope } : {}) }))
          url.searchParams.set(name, value)
        return (await fetch(url, { redirect: 'manual' })).text()
      }
      expect(await consent(redirectUri)).toContain('name="decision"')
      expect(await consent(`${redirectUri}/`)).not.toContain('name="decision"')
    },
  )

  it('refuses what is no redirect URI, and shows it again', async () => {
    for (const redirect_uri of ['', 'localhost', 'javascript:alert(1)', `${redirectUri}#part`]) {
      const answer = await register('notion', { redirect_uri })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('role="alert"')
    }
    const answer = await register('notion', { redirect_uri: '"><script>' })
    expect(await answer.text()).toContain('value="&quot;&gt;&lt;script&gt;"')
  })

  it('takes its form from its own page alone', async () => {
    for (const headers of [{}, { origin: 'https://other.example' }]) {
      const answer = await register('notion', { redirect_uri: redirectUri }, headers as Record<string, string>)
      expect(answer.status).toBe(403)
    }
  })

  it('is not there for what is no provider, and registers nothing where there is no OAuth', async () => {
    expect((await fetch(`${sandbox.origin}/developers/nothing`)).status).toBe(404)
    expect((await register('firecrawl', { redirect_uri: redirectUri })).status).toBe(404)
    expect((await register('nothing', { redirect_uri: redirectUri })).status).toBe(404)
  })
})
