import { idOf, notionUrl } from './ids.ts'
import { colored, equation, mention, pageMention, type RichText, text, words } from './rich-text.ts'
import { type BlockSeed, block, type PageSeed, type Person, paragraph, type Seed } from './seed.ts'

/** A link to a file of the sandbox; the address and its hour of life are filled in when it is sent (see `present.ts`). */
export const hostedFile = (name: string) => ({ url: `sandbox-file:${name}`, expiry_time: 'sandbox-file:expiry' })

/** Every kind of rich text: https://developers.notion.com/reference/rich-text */
function everyRichText(person: Person): RichText {
  return [
    text('Plain, '),
    text('bold', { bold: true }),
    text(', '),
    text('italic', { italic: true }),
    text(', '),
    text('struck', { strikethrough: true }),
    text(', '),
    text('underlined', { underline: true }),
    text(', '),
    text('code()', { code: true }),
    text(', '),
    colored('red', 'red'),
    text(', '),
    colored('on blue', 'blue_background'),
    text(', '),
    text('bold and italic', { bold: true, italic: true }),
    text(', a '),
    text('link', {}, 'https://example.com/a?b=1&c=(2)'),
    text(', an equation '),
    equation('e^{i\\pi} + 1 = 0'),
    text(', a person '),
    mention(
      {
        type: 'user',
        user: {
          object: 'user',
          id: person.id,
          name: person.name,
          avatar_url: null,
          type: 'person',
          person: { email: person.email },
        },
      },
      `@${person.name}`,
    ),
    text(', a day '),
    mention(
      { type: 'date', date: { start: '2026-05-04', end: '2026-05-06', time_zone: null } },
      '2026-05-04 → 2026-05-06',
    ),
    text(', a page '),
    pageMention(idOf('acme/welcome'), 'Welcome to Acme'),
    text(', a database '),
    mention(
      { type: 'database', database: { id: idOf('acme/catalog') } },
      'Product Catalog',
      notionUrl(idOf('acme/catalog')),
    ),
    text(', a preview '),
    mention(
      { type: 'link_preview', link_preview: { url: 'https://example.com/issue/7' } },
      'https://example.com/issue/7',
      'https://example.com/issue/7',
    ),
    text(', a link mention '),
    mention(
      { type: 'link_mention', link_mention: { href: 'https://example.com/', title: 'Example Domain' } },
      'Example Domain',
      'https://example.com/',
    ),
    text(', a template '),
    mention(
      { type: 'template_mention', template_mention: { type: 'template_mention_date', template_mention_date: 'today' } },
      '@Today',
    ),
    text(' and '),
    mention(
      { type: 'template_mention', template_mention: { type: 'template_mention_user', template_mention_user: 'me' } },
      '@Me',
    ),
    text(', a custom emoji '),
    mention(
      {
        type: 'custom_emoji',
        custom_emoji: { id: idOf('emoji/gear'), name: 'gear', url: 'https://example.com/gear.png' },
      },
      ':gear:',
    ),
    text('. Ünïcödé: 日本語, emoji 👩‍🔬, right-to-left עברית.'),
  ]
}

const row = (...cells: RichText[]): BlockSeed => block({ type: 'table_row', table_row: { cells } })
const heading = (rich: RichText, is_toggleable = false) => ({
  rich_text: rich,
  color: 'default' as const,
  is_toggleable,
})
const list = (rich: RichText) => ({ rich_text: rich, color: 'default' as const })

const headings: Seed[] = [
  block({ type: 'heading_1', heading_1: heading(words('Heading one')) }),
  block({ type: 'heading_2', heading_2: heading(words('Heading two')) }),
  block({ type: 'heading_3', heading_3: heading(words('Heading three, with something inside'), true) }, [
    paragraph(words('Inside the toggle heading.')),
  ]),
  block({ type: 'heading_4', heading_4: heading(words('Heading four')) }),
]

const lists: Seed[] = [
  block({ type: 'bulleted_list_item', bulleted_list_item: list(words('First bullet')) }, [
    block({ type: 'bulleted_list_item', bulleted_list_item: list(words('Nested bullet')) }, [
      paragraph(words('A paragraph three levels down.')),
    ]),
  ]),
  block({ type: 'bulleted_list_item', bulleted_list_item: list(words('Second bullet')) }),
  block({
    type: 'numbered_list_item',
    numbered_list_item: { ...list(words('Starts at three')), list_start_index: 3, list_format: 'numbers' },
  }),
  block({ type: 'numbered_list_item', numbered_list_item: list(words('Then four')) }),
  block({ type: 'to_do', to_do: { ...list(words('Not done yet')), checked: false } }),
  block({ type: 'to_do', to_do: { ...list(words('Done')), checked: true } }),
  block({ type: 'toggle', toggle: list(words('Open me')) }, [paragraph(words('Hidden until opened.'))]),
]

const quotes: Seed[] = [
  block({ type: 'quote', quote: list(words('First line\nsecond line')) }, [paragraph(words('A child of the quote.'))]),
  block({ type: 'callout', callout: { ...list(words('Mind the gap.')), icon: { type: 'emoji', emoji: '💡' } } }, [
    paragraph(words('A child of the callout.')),
  ]),
  block({ type: 'divider', divider: {} }),
  block({
    type: 'code',
    code: {
      rich_text: words('const fence = "```"\nconsole.log(fence)'),
      caption: words('A fence inside a fence'),
      language: 'typescript',
    },
  }),
  block({ type: 'equation', equation: { expression: '\\int_0^1 x^2\\,dx = \\frac{1}{3}' } }),
]

const table = block({ type: 'table', table: { has_column_header: true, has_row_header: false, table_width: 3 } }, [
  row(words('Name'), words('Amount'), words('Note')),
  row(words('Flour'), words('3 kg'), words('with a | pipe')),
  row([text('Salt', { bold: true })], words('20 g'), []),
])

const media: Seed[] = [
  block({
    type: 'image',
    image: { type: 'external', external: { url: 'https://example.com/cat.png' }, caption: words('A cat') },
  }),
  block({ type: 'image', image: { type: 'file', file: hostedFile('diagram.png'), caption: [] } }),
  block({ type: 'video', video: { type: 'external', external: { url: 'https://example.com/clip.mp4' }, caption: [] } }),
  block({ type: 'audio', audio: { type: 'file', file: hostedFile('note.mp3'), caption: words('A voice note') } }),
  block({
    type: 'file',
    file: { type: 'file', file: hostedFile('recipe.txt'), caption: [], name: 'recipe.txt' },
  }),
  block({
    type: 'pdf',
    pdf: { type: 'external', external: { url: 'https://example.com/manual.pdf' }, caption: words('The manual') },
  }),
  block({ type: 'bookmark', bookmark: { url: 'https://example.com/article', caption: words('Worth reading') } }),
  block({ type: 'embed', embed: { url: 'https://example.com/embedded', caption: [] } }),
  block({ type: 'link_preview', link_preview: { url: 'https://example.com/pull/12' } }),
]

const layout: Seed[] = [
  {
    name: 'acme/synced-original',
    content: { type: 'synced_block', synced_block: { synced_from: null } },
    children: [paragraph(words('Written once, shown twice.'))],
  },
  block({
    type: 'synced_block',
    synced_block: { synced_from: { type: 'block_id', block_id: idOf('acme/synced-original') } },
  }),
  block({ type: 'column_list', column_list: {} }, [
    block({ type: 'column', column: { width_ratio: 0.5 } }, [paragraph(words('Left column.'))]),
    block({ type: 'column', column: { width_ratio: 0.5 } }, [
      paragraph(words('Right column.')),
      {
        // A page below a block: its parent is a block_id, which has to be followed up to the page.
        kind: 'page',
        name: 'acme/in-a-column',
        title: words('Page in a column'),
        blocks: [paragraph(words('My parent is a column block.'))],
      },
    ]),
  ]),
  block({ type: 'tab', tab: {} }, [
    paragraph(words('First tab'), [paragraph(words('What the first tab holds.'))]),
    paragraph(words('Second tab'), [paragraph(words('What the second tab holds.'))]),
  ]),
  block({ type: 'template', template: { rich_text: words('Add a new entry') } }, [paragraph(words('New entry'))]),
]

const links: Seed[] = [
  block({ type: 'link_to_page', link_to_page: { type: 'page_id', page_id: idOf('acme/welcome') } }),
  block({ type: 'link_to_page', link_to_page: { type: 'database_id', database_id: idOf('acme/catalog') } }),
  block({ type: 'link_to_page', link_to_page: { type: 'comment_id', comment_id: idOf('acme/comment') } }),
]

const meeting: Seed = {
  content: {
    type: 'meeting_notes',
    meeting_notes: {
      title: words('Weekly meeting'),
      status: 'notes_ready',
      children: {
        summary_block_id: idOf('acme/meeting-summary'),
        notes_block_id: idOf('acme/meeting-notes'),
        transcript_block_id: idOf('acme/meeting-transcript'),
      },
      calendar_event: { start_time: '2026-04-01T09:00:00.000Z', end_time: '2026-04-01T09:30:00.000Z' },
    },
  },
  children: [
    meetingPart('acme/meeting-summary', 'We decided to bake more bread.'),
    meetingPart('acme/meeting-notes', 'Ask the mill for a better price.'),
    meetingPart('acme/meeting-transcript', 'Ada: Good morning everyone.'),
  ],
}

function meetingPart(name: string, sentence: string): BlockSeed {
  return {
    name,
    content: { type: 'unsupported', unsupported: { block_type: 'meeting_notes_part' } },
    children: [paragraph(words(sentence))],
  }
}

const rest: Seed[] = [
  block({ type: 'breadcrumb', breadcrumb: {} }),
  block({ type: 'table_of_contents', table_of_contents: { color: 'gray' } }),
  block({ type: 'unsupported', unsupported: { block_type: 'ai_block' } }),
  paragraph([]),
]

/** One page with every block type and every kind of rich text that the API knows. */
export const everyBlock = (person: Person): PageSeed => ({
  kind: 'page',
  name: 'acme/every-block',
  title: [text('Every block, '), text('every', { italic: true }), text(' text — ☑ Ünïcödé')],
  icon: { type: 'icon', icon: { name: 'gear', color: 'blue' } },
  cover: { type: 'external', external: { url: 'https://example.com/cover.png' } },
  blocks: [
    paragraph(everyRichText(person)),
    ...headings,
    ...lists,
    ...quotes,
    table,
    ...media,
    ...layout,
    ...links,
    meeting,
    ...rest,
  ],
})
