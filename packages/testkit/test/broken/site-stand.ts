import { type Stand, startStandIn } from '../../src/index.ts'

const pages = ['/', '/about', '/prices', '/contact'].map((path) => ({
  url: `https://site.test${path}`,
  title: path,
  markdown: `# ${path}\n\nWhat there is to say.`,
}))

/** A crawler behind an API key: a job gives a page each time that it is asked. */
export async function startSiteStand(): Promise<Stand> {
  let jobs = 0
  const standIn = await startStandIn(({ method, url, headers }) => {
    if (headers.authorization !== 'Bearer good-key') return { status: 401, body: { error: 'key' } }
    if (url.pathname === '/me') return { body: { id: 'ada' } }
    if (method === 'POST') return { body: { id: `job-${++jobs}` } }
    const from = Number(url.searchParams.get('from') ?? 0)
    return { body: { pages: pages.slice(from, from + 1), total: pages.length, done: from + 1 >= pages.length } }
  })
  return {
    endpoints: { api: standIn.origin },
    apiKey: 'good-key',
    trouble: standIn.trouble,
    close: () => standIn.close(),
  }
}
