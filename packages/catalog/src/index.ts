/** The built-in data sources: id -> import. Nothing is loaded before it is asked for. */
export const builtin: Readonly<Record<string, () => Promise<unknown>>> = {
  notion: () => import('@wellhead/datasource-notion'),
  'jina-reader': () => import('@wellhead/datasource-jina-reader'),
  firecrawl: () => import('@wellhead/datasource-firecrawl'),
  'google-drive': () => import('@wellhead/datasource-google-drive'),
  dropbox: () => import('@wellhead/datasource-dropbox'),
  onedrive: () => import('@wellhead/datasource-onedrive'),
}
