import type { ApiColor, MentionRichTextItemResponse, RichTextItemResponse } from '@notionhq/client'
import { notionUrl } from './ids.ts'

/** https://developers.notion.com/reference/rich-text */
export type RichText = RichTextItemResponse[]
type Annotations = RichTextItemResponse['annotations']

const plainStyle: Annotations = {
  bold: false,
  italic: false,
  strikethrough: false,
  underline: false,
  code: false,
  color: 'default',
}

/** A piece of text; `style` names what differs from plain. */
export function text(content: string, style: Partial<Annotations> = {}, url?: string): RichTextItemResponse {
  return {
    type: 'text',
    text: { content, link: url === undefined ? null : { url } },
    plain_text: content,
    href: url ?? null,
    annotations: { ...plainStyle, ...style },
  }
}

export const words = (content: string): RichText => (content === '' ? [] : [text(content)])

export const colored = (content: string, color: ApiColor): RichTextItemResponse => text(content, { color })

export function equation(expression: string): RichTextItemResponse {
  return {
    type: 'equation',
    equation: { expression },
    plain_text: expression,
    href: null,
    annotations: { ...plainStyle },
  }
}

export function mention(
  about: MentionRichTextItemResponse['mention'],
  plainText: string,
  href: string | null = null,
): RichTextItemResponse {
  return { type: 'mention', mention: about, plain_text: plainText, href, annotations: { ...plainStyle } }
}

export const pageMention = (id: string, title: string) => mention({ type: 'page', page: { id } }, title, notionUrl(id))

export const plain = (rich: readonly RichTextItemResponse[]): string => rich.map((item) => item.plain_text).join('')
