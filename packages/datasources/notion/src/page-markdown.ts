import type { DataSourceContext } from '@wellhead/datasource-node'
import { z } from 'zod'
import { codeOf, read, segment } from './api.ts'
import { blocksToMarkdown } from './block-markdown.ts'
import { createBlockReader } from './block-tree.ts'

const markdownSchema = z.looseObject({
  markdown: z.string(),
  truncated: z.boolean().nullish(),
  unknown_block_ids: z.array(z.string()).nullish(),
})

/**
 * The whole content of a page that is known to exist, as Markdown.
 *
 * Notion's own rendering comes first (https://developers.notion.com/reference/retrieve-page-markdown). It stops after
 * about 20,000 blocks and names what it left out in `unknown_block_ids`; each is asked for in the same way and put in
 * its place. What cannot be had that way is read block by block and converted here; what is not shared is a warning.
 */
export async function pageMarkdown(ctx: DataSourceContext, pageId: string, warnings: Set<string>): Promise<string> {
  const { readBlock, readChildren } = createBlockReader(ctx, warnings)
  const asked = new Set([bare(pageId)])

  async function rendered(id: string): Promise<string> {
    const answer = await read(ctx, `/v1/pages/${segment(id)}/markdown?include_transcript=false`, markdownSchema)
    const left = answer.unknown_block_ids ?? []
    const next = left.filter((unknown) => !asked.has(bare(unknown)))
    // Left out again although asked for by its id, or cut without a word on what is missing: no way on from here.
    const stuck = left.some((unknown) => bare(unknown) === bare(id)) || (answer.truncated === true && !next.length)
    if (stuck) return converted(id)
    for (const unknown of next) asked.add(bare(unknown))
    let markdown = answer.markdown
    for (const unknown of next) markdown = place(markdown, unknown, await part(unknown))
    return markdown
  }

  async function converted(id: string): Promise<string> {
    return blocksToMarkdown(id === pageId ? await readChildren(id) : [await readBlock(id)])
  }

  async function renderedOrConverted(id: string, ...refusals: string[]): Promise<string> {
    return rendered(id).catch((error) => (refusals.includes(codeOf(error)) ? converted(id) : Promise.reject(error)))
  }

  async function part(id: string): Promise<string> {
    try {
      return await renderedOrConverted(id, 'invalid_request')
    } catch (error) {
      if (codeOf(error) !== 'not_found') throw error
      warnings.add('A part of this page is not shared with the connection.')
      return ''
    }
  }

  // The page exists, so a 404 is an API without this endpoint, as a 400 or 501 is. A lacking capability (403) is not.
  return renderedOrConverted(pageId, 'invalid_request', 'not_found')
}

function bare(id: string): string {
  return id.replaceAll('-', '').toLowerCase()
}

/** Puts a part where `<unknown url="…#id" …/>` stands for it, indented like that; at the end when nothing does. */
function place(markdown: string, id: string, words: string): string {
  // What could not be had keeps its tag, so that a reader sees the gap.
  if (words === '') return markdown
  for (const match of markdown.matchAll(/<unknown\b[^>]*>/g)) {
    if (!bare(match[0]).includes(bare(id))) continue
    const before = markdown.slice(0, match.index)
    const [indent = ''] = /[ \t]*$/.exec(before.slice(before.lastIndexOf('\n') + 1)) ?? []
    return before + words.replaceAll('\n', `\n${indent}`) + markdown.slice(match.index + match[0].length)
  }
  return `${markdown.trimEnd()}\n\n${words}`
}
