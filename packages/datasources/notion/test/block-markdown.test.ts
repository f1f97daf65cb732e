import { describe, expect, it } from 'vitest'
import { blocksToMarkdown } from '../src/block-markdown.ts'
import type { BlockNode } from '../src/block-tree.ts'
import { richText } from '../src/rich-text.ts'
import { id, words } from './scripted-notion.ts'

const node = (type: string, payload: object = {}, children: BlockNode[] = []): BlockNode => ({
  id: id(7),
  type,
  payload: payload as BlockNode['payload'],
  children,
})
const says = (content: string, more: object = {}) => ({ rich_text: words(content), ...more })
const paragraph = node('paragraph', says('below'))
const external = (url: string, more: object = {}) => ({ type: 'external', external: { url }, caption: [], ...more })
const linkTo7 = 'https://www.notion.so/00000000000040008000000000000007'

describe('each kind of block', () => {
  it.each<[string, BlockNode, string]>([
    ['paragraph', node('paragraph', says('one\ntwo')), 'one\ntwo'],
    ['heading_1', node('heading_1', says('H')), '# H'],
    ['heading_2', node('heading_2', says('H')), '## H'],
    ['heading_3 that toggles', node('heading_3', says('H', { is_toggleable: true }), [paragraph]), '### H\n\nbelow'],
    ['heading_4', node('heading_4', says('H')), '#### H'],
    ['bulleted_list_item', node('bulleted_list_item', says('a'), [paragraph]), '- a\n\n  below'],
    [
      'numbered_list_item',
      node('numbered_list_item', says('a', { list_start_index: 4 }), [paragraph]),
      '4. a\n\n   below',
    ],
    ['to_do', node('to_do', says('a', { checked: false })), '- [ ] a'],
    ['to_do that is done', node('to_do', says('a', { checked: true })), '- [x] a'],
    ['toggle', node('toggle', says('a'), [paragraph]), '- a\n\n  below'],
    ['quote', node('quote', says('a\nb'), [paragraph]), '> a\n> b\n>\n> below'],
    ['callout', node('callout', says('a', { icon: { type: 'emoji', emoji: '💡' } })), '> 💡 a'],
    ['code', node('code', says('let x', { language: 'rust', caption: words('c') })), '```rust\nlet x\n```\n\nc'],
    [
      'code with a fence in it',
      node('code', says('```\nx\n```', { language: 'plain text' })),
      '````\n```\nx\n```\n````',
    ],
    ['equation', node('equation', { expression: 'e=mc^2' }), '$$e=mc^2$$'],
    ['divider', node('divider'), '---'],
    [
      'image',
      node('image', external('https://x.test/a.png', { caption: words('cap') })),
      '![cap](https://x.test/a.png)',
    ],
    ['video', node('video', external('https://x.test/a.mp4')), '[a.mp4](https://x.test/a.mp4)'],
    ['audio', node('audio', external('https://x.test/a%20b.mp3')), '[a b.mp3](https://x.test/a%20b.mp3)'],
    ['file', node('file', external('https://x.test/1', { name: 'n.zip' })), '[n.zip](https://x.test/1)'],
    [
      'pdf',
      node('pdf', { type: 'file', file: { url: 'https://x.test/p.pdf?s=1' }, caption: [] }),
      '[p.pdf](https://x.test/p.pdf?s=1)',
    ],
    ['bookmark', node('bookmark', { url: 'https://x.test', caption: words('see') }), '[see](https://x.test)'],
    [
      'embed',
      node('embed', { url: 'https://x.test/(a)', caption: [] }),
      '[https://x.test/(a)](https://x.test/%28a%29)',
    ],
    ['link_preview', node('link_preview', { url: 'https://x.test' }), '[https://x.test](https://x.test)'],
    ['child_page', node('child_page', { title: 'Sub [1]' }), `[Sub \\[1\\]](${linkTo7})`],
    ['child_database', node('child_database', { title: '' }), `[Untitled](${linkTo7})`],
    ['link_to_page', node('link_to_page', { type: 'page_id', page_id: id(7) }), `[Linked page](${linkTo7})`],
    [
      'link_to_page of a database',
      node('link_to_page', { type: 'database_id', database_id: id(7) }),
      `[Linked database](${linkTo7})`,
    ],
    ['synced_block', node('synced_block', { synced_from: null }, [paragraph]), 'below'],
    [
      'column_list',
      node('column_list', {}, [node('column', {}, [paragraph]), node('column', {}, [paragraph])]),
      'below\n\nbelow',
    ],
    ['tab', node('tab', {}, [paragraph]), 'below'],
    ['template', node('template', says('New'), [paragraph]), 'New\n\nbelow'],
    ['meeting_notes', node('meeting_notes', { title: words('Weekly') }, [paragraph]), 'Weekly\n\nbelow'],
    ['transcription', node('transcription', { title: words('Weekly') }), 'Weekly'],
    ['breadcrumb', node('breadcrumb'), ''],
    ['table_of_contents', node('table_of_contents'), ''],
    ['unsupported', node('unsupported', { block_type: 'form' }), ''],
    ['a kind yet to come', node('hologram', says('kept'), [paragraph]), 'kept\n\nbelow'],
  ])('%s', (_, block, markdown) => {
    expect(blocksToMarkdown([block])).toBe(markdown)
  })

  it('table: pipes and line breaks stay in their cells, short rows are filled', () => {
    const row = (...cells: string[]) => node('table_row', { cells: cells.map((cell) => words(cell)) })
    expect(blocksToMarkdown([node('table', { table_width: 2 }, [row('a|b', 'c\nd'), row('1')])])).toBe(
      '| a\\|b | c<br>d |\n| --- | --- |\n| 1 |  |',
    )
  })

  it('numbers count on, start where the list says, and start anew after something else', () => {
    const item = (content: string, more = {}) => node('numbered_list_item', says(content, more))
    const list = [item('a', { list_start_index: 3 }), item('b'), node('paragraph', says('p')), item('c')]
    expect(blocksToMarkdown(list)).toBe('3. a\n4. b\n\np\n\n1. c')
  })

  it('lists in lists stay together, lists of another kind apart', () => {
    const bullet = (content: string, children: BlockNode[] = []) => node('bulleted_list_item', says(content), children)
    const list = [
      bullet('a', [bullet('b', [paragraph])]),
      node('numbered_list_item', says('c', { list_start_index: 3 })),
    ]
    expect(blocksToMarkdown(list)).toBe('- a\n  - b\n\n    below\n\n3. c')
  })

  it('empty blocks leave no gap', () => {
    const empty = node('paragraph', { rich_text: [] })
    expect(blocksToMarkdown([paragraph, empty, empty, paragraph])).toBe('below\n\nbelow')
  })
})

describe('rich text', () => {
  const annotated = (content: string, ...names: string[]) =>
    words(content, { annotations: Object.fromEntries(names.map((name) => [name, true])) })[0]

  it('carries every annotation, and neighbours that look the same are one', () => {
    expect(richText([annotated('a', 'bold'), annotated('b', 'bold'), annotated('c', 'italic')])).toBe('**ab***c*')
    expect(richText([annotated('x', 'strikethrough', 'underline')])).toBe('~~<u>x</u>~~')
    expect(richText([annotated('a`b', 'code'), annotated(' c ', 'bold')])).toBe('`` a`b `` **c** ')
  })

  it('keeps links, relative ones too', () => {
    expect(richText(words('here', { href: '/abc' }))).toBe('[here](https://www.notion.so/abc)')
  })

  it('keeps equations', () => {
    const equation = {
      type: 'equation',
      equation: { expression: 'a^2' },
      plain_text: 'a^2',
      href: null,
      annotations: {},
    }
    expect(richText([...words('so '), equation])).toBe('so $a^2$')
  })

  it.each([
    [{ type: 'user', user: { id: 'u', name: 'Ada' } }, '@Ada', null],
    [{ type: 'date', date: { start: '2026-01-01', end: '2026-01-02' } }, '2026-01-01 → 2026-01-02', null],
    [{ type: 'page', page: { id: id(7) } }, 'Plan', linkTo7],
    [{ type: 'database', database: { id: id(7) } }, 'Tasks', linkTo7],
    [{ type: 'link_preview', link_preview: { url: 'https://x.test' } }, 'x', 'https://x.test'],
    [{ type: 'link_mention', link_mention: { href: 'https://x.test', title: 'X' } }, 'X', 'https://x.test'],
    [
      { type: 'template_mention', template_mention: { type: 'template_mention_date', template_mention_date: 'today' } },
      '@today',
      null,
    ],
    [{ type: 'custom_emoji', custom_emoji: { id: 'e', name: 'party' } }, ':party:', null],
  ])('keeps the mention %j, with its words and without', (mention, said, href) => {
    const shown = href ? `[${said}](${href})` : said
    expect(richText([{ type: 'mention', mention, plain_text: said, href, annotations: {} }])).toBe(shown)
    const silent = richText([{ type: 'mention', mention, plain_text: '', href: null, annotations: {} }])
    expect(silent).not.toBe('')
    if (href) expect(silent).toContain(href)
  })
})
