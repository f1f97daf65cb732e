import { type DataSourceContext, DataSourceError } from '@wellhead/datasource-node'

/**
 * Next and delta links are whole URLs, to be followed as they are. Only what stands below the endpoint is kept of one, and only there it
 * is put back: neither Graph nor a caller can send a request, and the token with it, to another place.
 */
const ends = {
  children: /\/children$/,
  drives: /\/drives$/,
  delta: /\/(?:microsoft\.graph\.)?delta(?:\([^/]*\))?$/,
}
export type LinkKind = keyof typeof ends

/** The part of a link of an answer that is kept. @throws DataSourceError `invalid_response` when it leads elsewhere */
export function keepLink(ctx: DataSourceContext, link: string, kind: LinkKind): string {
  const url = URL.parse(link)
  if (!url || !isBelow(ctx, url, kind))
    throw new DataSourceError('invalid_response', 'OneDrive gives a link that leads away from its API.')
  return url.href.slice(baseOf(ctx).length)
}

/** The URL of a part that was kept, as a caller hands it back. @throws DataSourceError `invalid_request` when it is none */
export function openLink(ctx: DataSourceContext, kept: string, kind: LinkKind): string {
  const url = /^\/[^/]/.test(kept) ? URL.parse(baseOf(ctx) + kept) : null
  // As it was kept, letter by letter: with no dots in it that lead up, and nothing else that a URL would write otherwise.
  if (url?.href !== baseOf(ctx) + kept || !isBelow(ctx, url, kind)) throw noCursor()
  return url.href
}

export const noCursor = (): DataSourceError =>
  new DataSourceError('invalid_request', 'This is not a cursor of OneDrive.')

/** As a URL writes it, so that it can be told in front of another. */
const baseOf = (ctx: DataSourceContext): string => new URL(ctx.endpoint('api')).href.replace(/\/$/, '')

function isBelow(ctx: DataSourceContext, url: URL, kind: LinkKind): boolean {
  const isPlain = url.username === '' && url.password === '' && url.hash === ''
  return isPlain && url.href.startsWith(`${baseOf(ctx)}/`) && ends[kind].test(url.pathname)
}
