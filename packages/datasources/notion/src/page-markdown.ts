import { type DataSourceContext, isDataSourceError } from '@wellhead/datasource-node'
import { z } from 'zod'
import { getJson, segment } from './api.ts'
import { blocksToMarkdown } from './block-markdown.ts'
import { createBlockReader } from './block-tree.ts'
import { createGate } from './gate.ts'

const markdownSchema = z.looseObject({
  markdown: z.string(),
  truncated: z.boolean().nullish(),
  unknown_block_ids: z.array(z.string()).nullish(),
})

const notShared = 'A part of this page is not shared with the connection.'

/**
 * The whole content of a page that is known to exist, as Markdown.
 *
 * Notion's own rendering comes first (https://developers.notion.com/reference/retrieve-page-markdown). It stops after about
 * 20,000 blocks and names what it left out in `unknown_block_ids`; each is asked for in the same way and put in its
 * place. What cannot be had that way is read block by block and converted here; what is not shared becomes a warning.
 */
export async function pageMarkdown(ctx: DataSourceContext, pageId: string, warnings: Set<string>): Promise<string> {
  const gate = createGate(3, cannotRender)
  const blocks = createBlockReader(ctx, warnings)
  const asked = new Set([bare(pageId)])

  async function part(id: string): Promise<string> {
    try {
      const path = `/v1/pages/${segment(id)}/markdown?include_transcript=false`
      const answer = await gate(() => getJson(ctx, path, markdownSchema))
      const left = answer.unknown_block_ids ?? []
      const next = left.filter((unknown) => !asked.has(bare(unknown)))
      // Left out again although it was asked for by its id, or cut without a word on what is missing: no way on from here.
      const stuck = left.some((unknown) => bare(unknown) === bare(id)) || (answer.truncated === true && !next.length)
      if (stuck) return await byBlocks(id)
      for (const unknown of next) asked.add(bare(unknown))
      const parts = await Promise.all(next.map(async (unknown) => [unknown, await part(unknown)] as const))
      return parts.reduce((markdown, [unknown, words]) => place(markdown, unknown, words), answer.markdown)
    } catch (error) {
      if (!cannotRender(error)) throw error
      // The page itself exists, so a 404 means an API without this endpoint. A 404 on a part means what it says.
      if (id === pageId || error.code !== 'not_found') return byBlocks(id)
      warnings.add(notShared)
      return ''
    }
  }

  async function byBlocks(id: string): Promise<string> {
    if (id === pageId) return blocksToMarkdown(await blocks.children(id))
    try {
      return blocksToMarkdown([await blocks.block(id)])
    } catch (error) {
      if (!isDataSourceError(error) || error.code !== 'not_found') throw error
      warnings.add(notShared)
      return ''
    }
  }

  return part(pageId)
}

/** An API version or a workspace without the endpoint answers 404, 400 or 501; a lacking capability (403) is no such case. */
function cannotRender(error: unknown): error is Error & { code: 'not_found' | 'invalid_request' } {
  return isDataSourceError(error) && (error.code === 'not_found' || error.code === 'invalid_request')
}

function bare(id: string): string {
  return id.replaceAll('-', '').toLowerCase()
}

/** Puts a part where `<unknown url="…#id" …/>` stands for it, indented like that; at the end when nothing stands for it. */
function place(markdown: string, id: string, words: string): string {
  for (const match of markdown.matchAll(/^([ \t]*)?(.*?)(<unknown\b[^>]*>)/gm)) {
    const [all, indent = '', before = '', tag = ''] = match
    if (!bare(tag).includes(bare(id))) continue
    // Kept, so that a reader sees that something is missing here.
    if (words === '') return markdown
    const from = match.index + all.length - tag.length
    const body = before === '' ? words.replaceAll('\n', `\n${indent}`) : words
    return markdown.slice(0, from) + body + markdown.slice(from + tag.length)
  }
  return words === '' ? markdown : `${markdown.trimEnd()}\n\n${words}`
}
