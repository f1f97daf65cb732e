import { z } from 'zod'

/** Bounds what a checkpoint holds; one more crawl reads the rest. */
const MOST_PAGES = 1_000

const isExpression = (pattern: string) => {
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}
const paths = z
  .union([z.string().max(10_000), z.array(z.string().max(2_000)).max(1_000)])
  .refine((value) => pathList(value).every(isExpression), 'must be regular expressions')
  .optional()

export const parameters = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine((text) => {
      const url = URL.parse(text)
      return url !== null && !url.username && !url.password
    }, 'must be a URL without user name and password')
    .meta({ title: 'URL', description: 'The page to start from.' }),
  crawl_sub_pages: z.boolean().default(true).meta({
    title: 'Crawl sub-pages',
    description: 'Also the pages of the same site that it leads to. Otherwise this one page alone.',
  }),
  limit: z.int().min(1).max(MOST_PAGES).default(10).meta({
    title: 'Limit',
    description: 'Most pages to read. Each costs tokens, also one that is then left out.',
  }),
  use_sitemap: z.boolean().default(true).meta({
    title: 'Use the sitemap',
    description: 'Also the pages that the sitemaps of the site list, before those that links lead to.',
  }),
  max_depth: z.int().min(0).max(100).optional().meta({
    title: 'Max depth',
    description: 'Most links between the first page and another. 0: the first page and those of its sitemap.',
  }),
  include_paths: paths.meta({
    title: 'Include paths',
    description: 'Only paths that match one of these regular expressions, separated by commas: blog/.*, docs/.*',
  }),
  exclude_paths: paths.meta({
    title: 'Exclude paths',
    description: 'No paths that match one of these regular expressions, separated by commas.',
  }),
})

export type Parameters = z.infer<typeof parameters>

/** A list, or the text of a form. A comma inside braces belongs to the expression: `\d{1,3}`. */
export function pathList(value: string | readonly string[] | undefined): readonly string[] {
  const list = typeof value === 'string' ? value.split(/,(?![^{]*\})|\n/) : (value ?? [])
  return list.map((path) => path.trim()).filter(Boolean)
}
