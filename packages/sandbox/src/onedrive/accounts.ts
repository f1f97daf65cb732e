import { createHash } from 'node:crypto'
import { plantSample, type SampleAccount, sampleAccounts } from '../drive/sample.ts'
import { createTree, type Item, type SpaceId, type Tree } from '../drive/tree.ts'

/** A work account belongs to an organization's tenant, a personal one to nobody but its owner. They answer differently in many details. */
export type AccountKind = 'work' | 'personal'

export interface AccountDrive {
  readonly id: string
  readonly space: SpaceId
  readonly name: string
  readonly driveType: 'business' | 'personal' | 'documentLibrary'
  readonly owner: string
  /** Whether `/me/drives` tells of it. */
  readonly listed: boolean
}

export interface Account {
  /** Of `/me`: a GUID at work, sixteen hexadecimal digits in person. */
  readonly id: string
  readonly kind: AccountKind
  readonly name: string
  readonly givenName: string
  readonly surname: string
  readonly email: string
  readonly tree: Tree
  /** The default drive first. */
  readonly drives: readonly AccountDrive[]
}

/** The tenant of the work account: its id and its domain. */
export const tenant = { id: '6babcaad-604b-40ac-a9d7-9fd97c0b779f', domain: 'acme.test' }

export function createAccounts(now: () => number): readonly Account[] {
  return sampleAccounts.map((sample) => createAccount(sample, now))
}

function createAccount(sample: SampleAccount, now: () => number): Account {
  const kind = sample.key === 'ada' ? 'work' : 'personal'
  const id = kind === 'work' ? guid(sample.email) : hex(sample.email)
  const tree = createTree({ idOf: (number) => itemId(kind, id, number), now })
  plantSample(tree, sample, {
    natives: [],
    shortcuts: false,
    team: kind === 'work' ? 'Bakery team' : null,
    sharedWithMe: true,
    sameNames: false,
    oddities: ['malware'],
  })
  if (kind === 'work') plantOwn(tree)
  const drive = (space: SpaceId, name: string, driveType: AccountDrive['driveType'], owner: string): AccountDrive => ({
    id: kind === 'work' ? `b!${letters(`${sample.email}/${space}`, 'base64url', 64)}` : id,
    space,
    name,
    driveType,
    owner,
    listed: space !== 'shared_with_me',
  })
  return {
    id,
    kind,
    name: sample.name,
    givenName: sample.givenName,
    surname: sample.surname,
    email: sample.email,
    tree,
    drives:
      kind === 'work'
        ? [
            drive('own', 'OneDrive', 'business', sample.name),
            drive('team', 'Bakery team', 'documentLibrary', 'Bakery team'),
            // What Bo shares lies in a drive of Bo's own, which is no drive of Ada's.
            drive('shared_with_me', 'OneDrive', 'business', 'Bo Larsen'),
          ]
        : [drive('own', 'OneDrive', 'personal', sample.name)],
  }
}

/** What only this service has: a notebook, an Office file, shortcuts to what others share, and names without forbidden signs. */
function plantOwn(tree: Tree): void {
  const own = tree.root('own')!.id
  const at = Date.parse('2026-03-20T09:00:00Z')
  // Neither file nor folder: a package.
  tree.add(own, { name: 'Bakery notebook', kind: 'native', native: 'document', at })
  tree.add(own, {
    name: 'Wedding cakes.docx',
    kind: 'file',
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    content: { kind: 'text', text: 'PK sample of an Office file.\n' },
    at,
  })
  const shared = tree.root('shared_with_me')!.id
  const withdrawn = tree.add(shared, {
    name: 'Old contract.txt',
    kind: 'file',
    mimeType: 'text/plain',
    content: { kind: 'text', text: 'Void.\n' },
    at,
  }).id
  for (const { id, name } of tree.children(shared)) tree.add(own, { name, kind: 'shortcut', targetId: id, at })
  // The owner deleted it; the shortcut stays, and leads nowhere.
  tree.trash(withdrawn)
  // https://support.microsoft.com/office/64883a5d-228e-48f5-b3d2-eb39e07630fa: no quotation marks in names.
  for (const { id, name } of tree.children(own)) if (/"/.test(name)) tree.move(id, { name: name.replaceAll('"', "'") })
  tree.forgetChanges()
}

/** Whether it, or a folder that it lies in, is in the bin. */
export function isGone({ tree }: Account, item: Item): boolean {
  for (let at: Item | undefined = item; at; at = at.parentId === null ? undefined : tree.get(at.parentId))
    if (at.trashed) return true
  return false
}

export const driveOf = ({ drives }: Account, { space }: Item): AccountDrive =>
  drives.find((drive) => drive.space === space)!

function itemId(kind: AccountKind, accountId: string, number: number): string {
  return kind === 'work'
    ? `01BYE5RZ${letters(`${accountId}/${number}`, 'base32', 26)}`
    : `${accountId.toUpperCase()}!${100 + number}`
}

function letters(seed: string, alphabet: 'base32' | 'base64url', length: number): string {
  const bytes = createHash('sha512').update(seed).digest()
  if (alphabet === 'base64url') return bytes.toString('base64url').slice(0, length)
  return [...bytes.subarray(0, length)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
}

const hex = (seed: string): string => createHash('sha256').update(seed).digest('hex').slice(0, 16)

export function guid(seed: string): string {
  const digits = createHash('sha256').update(seed).digest('hex')
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-')
}
