import { catalog } from './catalog.ts'
import { everyBlock, hostedFile } from './every-block.ts'
import { idOf } from './ids.ts'
import { text, words } from './rich-text.ts'
import { block, type PageSeed, type Person, paragraph, type Seed, type WorkspaceSeed } from './seed.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

const ada: Person = { id: idOf('person/ada'), name: 'Ada Sample', email: 'ada@acme.test' }
const bjorn: Person = { id: idOf('person/bjorn'), name: 'Björn Beispiel', email: 'bjorn@cafe.test' }

const heading = (title: string, isToggleable = false, children?: readonly Seed[]) =>
  block(
    { type: 'heading_2', heading_2: { rich_text: words(title), color: 'default', is_toggleable: isToggleable } },
    children,
  )

const page = (name: string, title: string, blocks: readonly Seed[], more: Partial<PageSeed> = {}): PageSeed => ({
  kind: 'page',
  name,
  title: words(title),
  blocks,
  ...more,
})

const chapters = [
  'Opening',
  'Ovens',
  'Dough',
  'Hygiene',
  'Allergens',
  'Deliveries',
  'Till',
  'Complaints',
  'Waste',
  'Closing',
]

/** Longer than its Markdown: from the fifth chapter on, the chapters come as ids to ask for one by one. */
const handbook = page(
  'acme/handbook',
  'Bakery Handbook',
  [
    paragraph(words('How we work. Sample text.')),
    ...chapters.map((chapter, at) =>
      heading(`${at + 1}. ${chapter}`, true, [
        ...Array.from({ length: 8 }, (_, line) => paragraph(words(`${chapter}, rule ${line + 1}: keep it simple.`))),
      ]),
    ),
    // Its original stands on a page that nobody here may see.
    {
      name: 'acme/unshared-copy',
      content: {
        type: 'synced_block',
        synced_block: { synced_from: { type: 'block_id', block_id: idOf('elsewhere/original') } },
      },
    },
  ],
  { markdownBlocks: 40, icon: { type: 'emoji', emoji: '📖' } },
)

const projects = page('acme/projects', 'Projects', [
  paragraph(words('What we are busy with.')),
  page(
    'acme/oven',
    'New oven',
    [
      block({ type: 'to_do', to_do: { rich_text: words('Ask for three offers'), color: 'default', checked: true } }),
      block({ type: 'to_do', to_do: { rich_text: words('Measure the door'), color: 'default', checked: false } }),
      page('acme/oven-offers', 'Offers — Angebote für den Ofen', [
        paragraph(words('Offer A: 9,800 €. Offer B: 11,250 €.')),
      ]),
    ],
    { icon: { type: 'file', file: hostedFile('oven.png') } },
  ),
  page(
    'acme/japan',
    '日本の店舗 (Japan store)',
    [paragraph(words('東京に小さな店を開く。')), paragraph(words('Opening in May.'))],
    {
      icon: { type: 'external', external: { url: 'https://example.com/flag.png' } },
    },
  ),
])

const acme: WorkspaceSeed = {
  name: 'acme',
  title: 'Acme Bakery (sample)',
  icon: 'https://example.com/acme-icon.png',
  person: ada,
  top: [
    page(
      'acme/welcome',
      'Welcome to Acme',
      [
        paragraph([text('This workspace is '), text('sample data', { bold: true }), text(' of the sandbox.')]),
        everyBlock(ada),
        page('acme/empty', '', []),
        page(
          'acme/no-markdown',
          'Notes that only come as blocks',
          [heading('Only blocks'), paragraph(words('The Markdown endpoint refuses this page.'))],
          { oddity: 'no_markdown' },
        ),
        page('acme/salaries', 'Salaries (restricted)', [paragraph(words('Not for integrations.'))], {
          oddity: 'restricted',
        }),
        page('acme/gone', 'Deleted a minute ago', [paragraph(words('The search index lags.'))], { oddity: 'gone' }),
        page('acme/trash', 'In the trash', [paragraph(words('Old.'))], { inTrash: true }),
      ],
      {
        icon: {
          type: 'custom_emoji',
          custom_emoji: { id: idOf('emoji/acme'), name: 'acme', url: 'https://example.com/acme.png' },
        },
      },
    ),
    handbook,
    projects,
    catalog,
  ],
}

const cafe: WorkspaceSeed = {
  name: 'cafe',
  title: 'Nordlicht Café (sample)',
  icon: null,
  person: bjorn,
  top: [
    page('cafe/menu', 'Speisekarte', [
      paragraph(words('Kaffee, Tee, Kuchen.')),
      page('cafe/winter', 'Winterkarte ❄️', [paragraph(words('Heiße Schokolade.'))]),
    ]),
    page('cafe/opening-hours', 'Öffnungszeiten', [paragraph(words('Täglich 8 bis 18 Uhr.'))]),
  ],
}

/** Two people, each with a workspace. The internal connection belongs to the first. */
export const createWorkspaces = (): readonly [Workspace, Workspace] => [createWorkspace(acme), createWorkspace(cafe)]
