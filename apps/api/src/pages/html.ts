/** Pages without a template engine: everything that is put in is escaped unless it is `Html` itself. */
export interface Html {
  readonly html: string
}

type Part = string | number | Html | readonly Html[] | null | undefined | false

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((whole, text, index) => whole + rendered(parts[index - 1]) + text) }
}

function rendered(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (Array.isArray(part)) return part.map(rendered).join('')
  if (typeof part === 'object') return (part as Html).html
  return String(part).replace(/[&<>"']/g, (sign) => signs[sign] as string)
}

/** A whole page. `data` becomes `data-*` attributes of its body, for the script. No inline script or style: see the CSP. */
export function page(options: {
  title: string
  body: Html
  head?: Html
  script?: string
  data?: Readonly<Record<string, string>>
}): string {
  const data = Object.entries(options.data ?? {}).map(([name, value]) => html` data-${name}="${value}"`)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${options.title} · Wellhead</title>
<link rel="stylesheet" href="/assets/pages/pages.css">
${options.head}${options.script && html`<script src="${options.script}" defer></script>`}
</head>
<body${data}>
<main>
<p class="brand">Wellhead</p>
<div class="card">
<h1>${options.title}</h1>
${options.body}
</div>
</main>
</body>
</html>
`.html
}
