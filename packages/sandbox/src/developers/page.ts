import { escaped } from '../escaped.ts'
import type { OAuthClient, Provider } from '../provider.ts'

const style = `
:root{color-scheme:light dark;--ground:#fff;--text:#1c2127;--line:#d9dde3;--quiet:#5b6370;--field:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ground:#15181c;--text:#e8eaed;--line:#3a4048;--quiet:#a7afbb;--field:#23272d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 ui-sans-serif,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:640px;margin:40px auto;padding:0 20px}
.badge{display:inline-block;padding:2px 10px;border-radius:999px;background:#fdecc8;color:#6b4a00;font-size:12px;font-weight:600}
h1{font-size:24px;margin:8px 0 4px}
h2{font-size:17px;margin:32px 0 6px;padding-top:20px;border-top:1px solid var(--line)}
p{margin:0 0 12px;color:var(--quiet)}
dt{font-weight:600;margin-top:10px}
dd{margin:2px 0 0}
code,input{display:block;width:100%;padding:9px 12px;border:1px solid var(--line);border-radius:8px;background:var(--field);color:inherit;font:14px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
code{user-select:all}
label{display:block;font-weight:600;margin-bottom:4px}
button{margin-top:12px;font:inherit;font-weight:600;padding:9px 18px;border:0;border-radius:8px;background:#1a5fd0;color:#fff;cursor:pointer}
.error{color:#b3261e}
@media(prefers-color-scheme:dark){.error{color:#ffb4ab}}
:focus-visible{outline:3px solid #1a6ed8;outline-offset:2px}
`

/** What a provider shows its developers, here in one page. */
export function developersPage(
  provider: Provider,
  siteUrl: string | undefined,
  form: { client?: OAuthClient; entered?: string; error?: string },
): string {
  const name = escaped(provider.name)
  const parts = [
    provider.apiKey && keys(provider.apiKey),
    siteUrl && site(siteUrl),
    provider.registerClient && (form.client ? registered(form.client) : registration(form)),
  ]
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name} sandbox: for developers</title>
<style>${style}</style>
</head>
<body>
<main>
<span class="badge">Sandbox, sample data</span>
<h1>${name} for developers</h1>
<p>What the real ${name} gives you on its own site, you find here. It is all sample data on this machine.</p>
${parts.filter(Boolean).join('\n')}
</main>
</body>
</html>
`
}

const keys = (key: string) => `<section id="keys">
<h2>API key</h2>
<p>Copy it and enter it in Wellhead. A click selects it.</p>
<code>${escaped(key)}</code>
</section>`

const site = (url: string) => `<section id="site">
<h2>A site to read</h2>
<p>The sandbox reads pages of this machine only. This one is made for it:</p>
<code>${escaped(url)}</code>
</section>`

const registration = ({ entered = '', error }: { entered?: string; error?: string }) => `<section id="clients">
<h2>Register an OAuth app</h2>
<p>Enter the redirect URI that Wellhead shows in the source's OAuth Client Settings.</p>
<form method="post" action="#clients">
<label for="redirect-uri">Redirect URI</label>
<input id="redirect-uri" name="redirect_uri" type="text" required value="${escaped(entered)}"${error ? ' aria-invalid="true" aria-describedby="error"' : ''}>
${error ? `<p class="error" id="error" role="alert">${escaped(error)}</p>` : ''}
<button type="submit">Register</button>
</form>
</section>`

const registered = ({ clientId, clientSecret, redirectUris }: OAuthClient) => `<section id="clients">
<h2>Your OAuth app is registered</h2>
<p>Enter the client ID and the secret in Wellhead. The secret is shown once; each app that you register gets its own.</p>
<dl>
<dt>Client ID</dt><dd><code id="client-id">${escaped(clientId)}</code></dd>
<dt>Client Secret</dt><dd><code id="client-secret">${escaped(clientSecret)}</code></dd>
<dt>Redirect URI</dt><dd><code>${escaped(redirectUris.join(' '))}</code></dd>
</dl>
</section>`
