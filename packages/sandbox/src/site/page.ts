/** One page of the site. The body is the HTML inside `<main>`. */
export interface SitePage {
  /** Below the site's root, without a slash in front; percent-decoded. */
  readonly path: string
  /** Absent: the page has neither title nor description. */
  readonly title?: string
  /** More than one: the page repeats the tag, as careless sites do. */
  readonly description?: readonly string[]
  readonly language?: string
  readonly body: string
  /** HTTP status; default 200. */
  readonly status?: number
  /** How long the server thinks, in milliseconds. */
  readonly delayMs?: number
}

const menu = [
  ['Home', ''],
  ['Guide', 'guide/'],
  ['API', 'api/'],
  ['FAQ', 'faq'],
] as const

const escapeHtml = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

/** The whole page: menu, aside and footer around the main part, as a reader must be able to tell them apart. `root` is the site's path, `/site/`. */
export function renderPage(page: SitePage, root: string): string {
  const head = [
    '<meta charset="utf-8">',
    ...(page.title === undefined ? [] : [`<title>${escapeHtml(page.title)}</title>`]),
    ...(page.description ?? []).map((text) => `<meta name="description" content="${escapeHtml(text)}">`),
    ...(page.title === undefined ? [] : [`<meta property="og:title" content="${escapeHtml(page.title)}">`]),
    '<meta name="viewport" content="width=device-width">',
    '<style>body { font-family: sans-serif }</style>',
  ]
  return `<!DOCTYPE html>
<html lang="${page.language ?? 'en'}">
<head>
${head.join('\n')}
</head>
<body>
<header class="site-header"><nav>${menu.map(([name, path]) => `<a href="${root}${path}">${name}</a>`).join(' · ')}</nav></header>
<main>
${page.body.trim()}
</main>
<aside class="sidebar"><p>Tidewren is an invented product. Every name and number here is sample data.</p></aside>
<footer class="site-footer"><p>© Tidewren Sample Works. Cookies: none.</p></footer>
<script>window.tidewren = 'scripts are not content'</script>
</body>
</html>
`
}
