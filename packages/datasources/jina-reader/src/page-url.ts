/** Files that are no pages; documents such as PDF are not among them, as Reader reads those. */
const fileEnding =
  /\.(png|jpe?g|gif|webp|avif|svg|ico|tiff?|bmp|css|m?js|json|map|woff2?|ttf|otf|eot|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg|pkg|deb|rpm|apk|iso|mp[34]|m4[av]|wav|ogg|flac|avi|mov|mkv|webm|flv|rss|atom|xml)$/i
/** Longer ones are made by machines, for machines. */
const LONGEST = 2_000

/** A URL without its fragment; `undefined` for what is none of the web's. Default ports and dots in the path are gone by parsing. */
export function webUrl(text: string, base?: string): URL | undefined {
  const url = URL.parse(text.trim(), base)
  if (url === null || !/^https?:$/.test(url.protocol) || url.href.length > LONGEST) return undefined
  url.hash = ''
  url.username = ''
  url.password = ''
  return url
}

export const isFile = (url: URL): boolean => fileEnding.test(url.pathname)

/** The form in which two URLs count as one page: slashes at the end and an index page make no difference (RFC 3986, section 6.2.2 for the rest). */
export function pageKey({ origin, pathname, search }: URL): string {
  const path = pathname.replace(/\/index\.html?$/i, '/').replace(/\/+$/, '')
  return origin + (path + search).replace(/%[0-9a-f]{2}/gi, (percent) => percent.toUpperCase())
}
