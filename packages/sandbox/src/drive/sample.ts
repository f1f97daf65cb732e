import type { NativeType, NewItem, Oddity, Tree } from './tree.ts'

/** Who can be chosen on the consent page. `acc` ids are the sandbox's own; each provider makes its own of them. */
export interface SampleAccount {
  readonly key: 'ada' | 'bo'
  readonly name: string
  readonly givenName: string
  readonly surname: string
  readonly email: string
}

export const sampleAccounts: readonly SampleAccount[] = [
  { key: 'ada', name: 'Ada Baker', givenName: 'Ada', surname: 'Baker', email: 'ada@acme.test' },
  { key: 'bo', name: 'Bo Larsen', givenName: 'Bo', surname: 'Larsen', email: 'bo@example.test' },
]

/** 300 MB, made on the fly. */
export const largeFileBytes = 300 * 1024 * 1024
export const largeFileName = 'Open day.mp4'

const begunAt = Date.parse('2026-02-03T08:30:00Z')
const hour = 3600_000

/** What a drive shows besides files and folders; a provider leaves out what it does not have. */
export interface SampleFeatures {
  readonly natives: readonly NativeType[]
  readonly shortcuts: boolean
  readonly team: string | null
  readonly sharedWithMe: boolean
  readonly sameNames: boolean
  readonly oddities: readonly Oddity[]
}

/** The files of a small bakery: believable, and with what trips careless readers. Everything in them is sample data. */
export function plantSample(tree: Tree, account: SampleAccount, has: SampleFeatures): void {
  let planted = 0
  const at = () => begunAt + planted++ * hour
  const add = (parentId: string, given: NewItem) => tree.add(parentId, { at: at(), ...given })
  const folder = (parentId: string, name: string) => add(parentId, { name, kind: 'folder' }).id
  const file = (parentId: string, name: string, text: string, more: Partial<NewItem> = {}) =>
    add(parentId, { name, kind: 'file', mimeType: mimeOf(name), content: { kind: 'text', text }, ...more }).id
  const native = (parentId: string, type: NativeType, name: string, text: string, oddity?: Oddity) =>
    has.natives.includes(type) && (oddity === undefined || has.oddities.includes(oddity))
      ? add(parentId, {
          name,
          kind: 'native',
          native: type,
          content: { kind: 'text', text },
          ...(oddity ? { oddity } : {}),
        }).id
      : undefined
  const shortcut = (parentId: string, name: string, targetId: string) =>
    has.shortcuts ? add(parentId, { name, kind: 'shortcut', targetId }).id : undefined

  const own = tree.addSpace('own', account.key === 'ada' ? 'My files' : 'Files').id
  if (account.key === 'bo') {
    file(own, 'Notes.txt', 'Notes of a second account. Sample data.\n')
    folder(own, 'Nothing here')
    tree.forgetChanges()
    return
  }

  const welcome = file(own, 'Welcome.md', '# Welcome\n\nThe sample files of a small bakery.\n')
  file(own, 'Opening hours.txt', 'Mo-Fr 6:30-18:00\nSa 6:30-13:00\n')
  file(own, 'Menü – Frühling.txt', 'Rhabarberkuchen, Bärlauchbrot, Käsestange.\n')
  file(own, '日本語のメモ.txt', '小麦粉を百キロ注文する。\n')
  file(
    own,
    'It\'s a "quoted" name \\ with signs & 50%.txt'.replace('\\', has.sameNames ? '\\' : '-'),
    'Signs in a name.\n',
  )
  file(own, 'Empty.txt', '')
  file(own, 'Price list.csv', 'product,price\nRye bread,4.20\nCroissant,1.90\n')
  if (has.sameNames) file(own, 'Welcome.md', '# Welcome\n\nA second file of the same name.\n')

  const reports = folder(own, 'Reports')
  const year = folder(reports, '2026')
  for (const quarter of [1, 2, 3])
    file(
      year,
      `Q${quarter}.csv`,
      `month,loaves\n${quarter * 3 - 2},1200\n${quarter * 3 - 1},1310\n${quarter * 3},1275\n`,
    )
  const drafts = folder(year, 'Drafts')
  file(folder(drafts, 'Very deep'), 'Note to self.txt', 'Five folders down.\n')
  folder(own, 'Empty folder')
  const recipes = folder(own, 'Recipes')
  for (let number = 1; number <= 60; number++)
    file(
      recipes,
      `Recipe ${String(number).padStart(2, '0')}.md`,
      `# Recipe ${number}\n\nFlour, water, salt. Rest ${number} minutes.\n`,
    )
  const videos = folder(own, 'Videos')
  add(videos, {
    name: largeFileName,
    kind: 'file',
    mimeType: 'video/mp4',
    content: { kind: 'made', size: largeFileBytes, seed: largeFileName },
  })

  native(own, 'document', 'Team plan', 'Team plan\n\nHire one more baker by May.\n')
  native(own, 'spreadsheet', 'Budget', 'item,cost\nOven,12000\nVan,18000\n')
  native(own, 'presentation', 'Pitch', 'Bread for the whole harbour\n')
  native(own, 'drawing', 'Floor plan', 'Oven left, counter right\n')
  native(own, 'form', 'Customer survey', '')
  native(own, 'document', 'Minutes of every meeting', 'A very long document.\n', 'export_too_large')
  if (has.oddities.includes('not_downloadable'))
    file(own, 'Contract (view only).pdf', '%PDF-1.4 sample', { oddity: 'not_downloadable' })
  if (has.oddities.includes('malware')) file(own, 'Quarantined.zip', 'not really an archive', { oddity: 'malware' })

  shortcut(own, 'Shortcut to Reports', reports)
  shortcut(own, 'Shortcut to Welcome', welcome)
  const gone = file(own, 'Old price list.txt', 'Rye bread 3.80\n')
  shortcut(own, 'Shortcut to nothing', gone)
  tree.trash(gone)

  if (has.team !== null) {
    const team = tree.addSpace('team', has.team).id
    file(team, 'Shift plan.csv', 'day,who\nMo,Ada\nTu,Bo\n')
    const photos = folder(team, 'Photos')
    for (const name of ['Oven.svg', 'Counter.svg'])
      file(photos, name, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>\n')
  }
  if (has.sharedWithMe) {
    const shared = tree.addSpace('shared_with_me', 'Shared with me').id
    file(shared, 'Supplier terms.txt', 'Flour is delivered on Tuesdays.\n')
    file(folder(shared, 'From Bo'), 'Harbour map.txt', 'The bakery stands at the quay.\n')
  }
  tree.forgetChanges()
}

const mimes: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  txt: 'text/plain',
  csv: 'text/csv',
  pdf: 'application/pdf',
  zip: 'application/zip',
  svg: 'image/svg+xml',
}
const mimeOf = (name: string): string => mimes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
