import { escaped } from '../escaped.ts'
import type { Workspace } from './content/workspace.ts'
import { pickable } from './pickable.ts'

const style = `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:#fff;color:#37352f;font:15px/1.5 ui-sans-serif,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
header{display:flex;gap:10px;align-items:center;padding:14px 20px;border-bottom:1px solid #ededec;font-weight:600}
.mark{display:grid;place-items:center;width:28px;height:28px;border:2px solid #111;border-radius:6px;font:700 16px Georgia,serif}
.badge{margin-left:auto;padding:2px 10px;border-radius:999px;background:#fdecc8;color:#6b4a00;font-size:12px;font-weight:600}
main{max-width:480px;margin:40px auto;padding:0 20px}
h1{font-size:22px;line-height:1.3;margin:0 0 6px;text-align:center}
.sub{text-align:center;color:#6b6a66;margin:0 0 24px}
fieldset{border:1px solid #e3e2e0;border-radius:10px;padding:8px 14px 12px;margin:0 0 16px}
legend{padding:0 6px;font-size:13px;color:#6b6a66}
label{display:flex;gap:10px;align-items:center;padding:7px 6px;border-radius:6px;cursor:pointer}
label:hover{background:#f4f4f2}
label small{color:#6b6a66;display:block}
.child{margin-left:26px}
ul{margin:0 0 20px;padding:0 0 0 20px;color:#4b4a46}
.buttons{display:flex;gap:10px;justify-content:flex-end}
button{font:inherit;font-weight:500;padding:8px 16px;border-radius:8px;border:1px solid #d3d2cf;background:#fff;cursor:pointer}
button:hover{background:#f4f4f2}
button.primary{background:#2383e2;border-color:#2383e2;color:#fff}
button.primary:hover{background:#0b6bcb}
:focus-visible{outline:3px solid #8ec1f3;outline-offset:2px}
form:has(#account-0:checked) .pages-1,form:has(#account-1:checked) .pages-0{display:none}
`

const shell = (title: string, body: string) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header><span class="mark" aria-hidden="true">N</span> Notion <span class="badge">Sandbox, sample data</span></header>
<main>
${body}
</main>
</body>
</html>
`

/** The page that asks. One form: account, pages, and one of two named buttons. */
export function consentPage(options: {
  consent: string
  workspaces: readonly Workspace[]
  redirectHost: string
}): string {
  const accounts = options.workspaces.map(
    (
      { person, title },
      at,
    ) => `<label for="account-${at}"><input type="radio" name="account" id="account-${at}" value="${person.id}"${at === 0 ? ' checked' : ''}>
<span>${escaped(title)}<small>${escaped(person.name)}, ${escaped(person.email)}</small></span></label>`,
  )
  const pickers = options.workspaces.map(
    (workspace, at) => `<fieldset class="pages-${at}"><legend>Select pages in ${escaped(workspace.title)}</legend>
${pickable(workspace)
  .map(
    (page) =>
      `<label${page.depth > 0 ? ' class="child"' : ''}><input type="checkbox" name="page" value="${page.id}"${page.depth === 0 ? ' checked' : ''}> <span>${escaped(`${page.icon} ${page.title}`)}</span></label>`,
  )
  .join('\n')}
</fieldset>`,
  )
  return shell(
    'Connect with Notion',
    `<h1>Wellhead would like to access your workspace</h1>
<p class="sub">You will be sent back to ${escaped(options.redirectHost)}</p>
<form method="post" action="/notion/consent">
<input type="hidden" name="consent" value="${options.consent}">
<fieldset><legend>Choose an account</legend>
${accounts.join('\n')}
</fieldset>
${pickers.join('\n')}
<p>It will be able to:</p>
<ul><li>View the pages you select, and what is inside them</li><li>View your name and e-mail address</li></ul>
<div class="buttons">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="allow" class="primary">Allow access</button>
</div>
</form>`,
  )
}

export const errorPage = (message: string): string =>
  shell('Something went wrong', `<h1>Something went wrong</h1>\n<p class="sub">${escaped(message)}</p>`)
