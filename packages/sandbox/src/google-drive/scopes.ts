/** https://developers.google.com/identity/protocols/oauth2/scopes */
const base = 'https://www.googleapis.com/auth/'

/** Short names, and what the token endpoint answers them as. */
const expanded: Readonly<Record<string, string>> = {
  email: `${base}userinfo.email`,
  profile: `${base}userinfo.profile`,
}

/** What the consent page says of each scope that the sandbox knows. There is no `openid`: it issues no ID tokens. */
export const scopeLabels: Readonly<Record<string, string>> = {
  [`${base}drive`]: 'See, edit, create, and delete all of your Google Drive files',
  [`${base}drive.readonly`]: 'See and download all your Google Drive files',
  [`${base}drive.metadata.readonly`]: 'See information about your Google Drive files',
  [`${base}userinfo.email`]: 'See your primary Google Account email address',
  [`${base}userinfo.profile`]: 'See your personal info, including any personal info you have made publicly available',
}

export const expand = (scope: string): string => expanded[scope] ?? scope

export const readsContent: readonly string[] = [`${base}drive`, `${base}drive.readonly`]
export const readsMetadata: readonly string[] = [...readsContent, `${base}drive.metadata.readonly`]
