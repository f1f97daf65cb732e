import { z } from 'zod'

/** Firecrawl refuses more than this on any plan; it is also its default, which is why `limit` is always sent. */
const MOST_PAGES = 10_000

const paths = z.union([z.string().max(10_000), z.array(z.string().max(2_000)).max(1_000)]).optional()

export const parameters = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .max(8_000)
    .meta({ title: 'URL', description: 'The page to start from.' }),
  crawl_subpages: z.boolean().default(true).meta({
    title: 'Crawl sub-pages',
    description: 'Also the pages below it that it leads to. Otherwise this one page alone.',
  }),
  limit: z
    .int()
    .min(1)
    .max(MOST_PAGES)
    .default(10)
    .meta({ title: 'Limit', description: 'Most pages to crawl. Each costs a credit.' }),
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
  only_main_content: z.boolean().default(true).meta({
    title: 'Only the main content',
    description: 'Without menus, headers and footers.',
  }),
})

export type Parameters = z.infer<typeof parameters>

/** A list, or the text of a form. A comma inside braces belongs to the expression: `\d{1,3}`. */
export function pathList(value: Parameters['include_paths']): readonly string[] | undefined {
  const list = typeof value === 'string' ? value.split(/,(?![^{]*\})|\n/) : (value ?? [])
  const kept = list.map((path) => path.trim()).filter(Boolean)
  return kept.length > 0 ? kept : undefined
}
