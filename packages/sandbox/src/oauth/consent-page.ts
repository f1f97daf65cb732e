import { escaped } from '../escaped.ts'
/** How a provider's consent page looks. Colours and letters only: no provider's logo is shipped. */
export interface Look {
  readonly provider: string
  /** One or two letters in a square. */
  readonly mark: string
  /** CSS colours. */
  readonly accent: string
  readonly accentText: string
  readonly background: string
  /** The words of the two buttons. */
  readonly allow: string
  readonly cancel: string
  /** CSS of its own, on top. */
  readonly style?: string
}

export interface PageAccount {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface PageScope {
  readonly scope: string
  /** What it allows, in the words of a person. */
  readonly label: string
  /** The person may untick it. */
  readonly optional: boolean
}

const style = (look: Look) => `
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;display:flow-root;min-height:100vh;background:${look.background};color:#1f1f1f;font:15px/1.5 "Segoe UI",Roboto,ui-sans-serif,-apple-system,Helvetica,Arial,sans-serif}
main{max-width:460px;margin:48px auto;padding:28px;background:#fff;border:1px solid #dadce0;border-radius:12px}
header{display:flex;gap:10px;align-items:center;margin:0 0 20px;font-weight:600}
.mark{display:grid;place-items:center;width:32px;height:32px;border-radius:8px;background:${look.accent};color:${look.accentText};font-weight:700}
.badge{margin-left:auto;padding:2px 10px;border-radius:999px;background:#fdecc8;color:#6b4a00;font-size:12px;font-weight:600}
h1{font-size:21px;line-height:1.3;margin:0 0 6px}
.sub{color:#5a5a5a;margin:0 0 20px;overflow-wrap:anywhere}
fieldset{border:1px solid #dadce0;border-radius:10px;padding:8px 14px 12px;margin:0 0 16px}
legend{padding:0 6px;font-size:13px;color:#5a5a5a}
label{display:flex;gap:10px;align-items:center;padding:7px 6px;border-radius:6px;cursor:pointer}
label:hover{background:#f4f4f4}
label small{color:#5a5a5a;display:block}
ul{margin:0 0 20px;padding:0 0 0 20px}
.buttons{display:flex;gap:10px;justify-content:flex-end;flex-wrap:wrap}
button{font:inherit;font-weight:600;padding:9px 18px;border-radius:8px;border:1px solid #b9bbbe;background:#fff;color:#1f1f1f;cursor:pointer}
button.primary{background:${look.accent};border-color:${look.accent};color:${look.accentText}}
:focus-visible{outline:3px solid #1a6ed8;outline-offset:2px}
${look.style ?? ''}`

const shell = (look: Look, title: string, body: string) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style(look)}</style>
</head>
<body>
<main>
<header><span class="mark" aria-hidden="true">${escaped(look.mark)}</span> ${escaped(look.provider)} <span class="badge">Sandbox, sample data</span></header>
${body}
</main>
</body>
</html>
`

/** The page that asks. One form: account, scopes, and one of two named buttons. `action` is the path that the form is posted to. */
export function consentPage(
  look: Look,
  page: {
    consent: string
    action: string
    accounts: readonly PageAccount[]
    scopes: readonly PageScope[]
    redirectHost: string
  },
): string {
  const accounts = page.accounts.map(
    (account, at) =>
      `<label for="account-${at}"><input type="radio" name="account" id="account-${at}" value="${escaped(account.id)}"${at === 0 ? ' checked' : ''}>
<span>${escaped(account.name)}<small>${escaped(account.email)}</small></span></label>`,
  )
  const fixed = page.scopes.filter(({ optional }) => !optional)
  const optional = page.scopes.filter((scope) => scope.optional)
  const asked = [
    ...(fixed.length > 0
      ? [`<p>It will be able to:</p>\n<ul>${fixed.map(({ label }) => `<li>${escaped(label)}</li>`).join('')}</ul>`]
      : []),
    ...(optional.length > 0
      ? [
          `<fieldset><legend>Choose what it may do</legend>\n${optional
            .map(
              ({ scope, label }) =>
                `<label><input type="checkbox" name="scope" value="${escaped(scope)}" checked> <span>${escaped(label)}</span></label>`,
            )
            .join('\n')}\n</fieldset>`,
        ]
      : []),
  ]
  return shell(
    look,
    `Sign in with ${look.provider}`,
    `<h1>Wellhead wants to access your ${escaped(look.provider)}</h1>
<p class="sub">You will be sent back to ${escaped(page.redirectHost)}</p>
<form method="post" action="${escaped(page.action)}">
<input type="hidden" name="consent" value="${escaped(page.consent)}">
<fieldset><legend>Choose an account</legend>
${accounts.join('\n')}
</fieldset>
${asked.join('\n')}
<div class="buttons">
<button type="submit" name="decision" value="cancel">${escaped(look.cancel)}</button>
<button type="submit" name="decision" value="allow" class="primary">${escaped(look.allow)}</button>
</div>
</form>`,
  )
}

export const errorPage = (look: Look, sentence: string): string =>
  shell(look, 'Something went wrong', `<h1>Something went wrong</h1>\n<p class="sub">${escaped(sentence)}</p>`)
