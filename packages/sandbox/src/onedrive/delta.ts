import type { Item } from '../drive/tree.ts'
import { type Account, type AccountDrive, isGone } from './accounts.ts'
import { GraphError, invalidRequest } from './graph-errors.ts'
import { type ShownItem, showDeleted, showItem } from './present.ts'
import type { ListQuery } from './query.ts'
import type { Seals } from './seals.ts'

interface Place {
  readonly drive: string
  readonly epoch: number
  /** The last change that was told. */
  readonly since: number
  /** Of a first enumeration: how many items were given, before which change it began. */
  readonly given?: number
}

export interface DeltaPage {
  readonly items: readonly ShownItem[]
  readonly link: '@odata.nextLink' | '@odata.deltaLink'
  readonly token: string
}

/** https://learn.microsoft.com/graph/api/driveitem-delta: everything, then what changed; an item comes once for each of its changes. */
export function deltaPage(
  account: Account,
  drive: AccountDrive,
  query: ListQuery,
  context: { readonly seals: Seals; readonly epoch: number; readonly restartUrl: string; urlOf(item: Item): string },
): DeltaPage {
  const { tree } = account
  const { seals, epoch } = context
  const at = (since: number, given?: number): string =>
    seals.seal({ drive: drive.id, epoch, since, ...(given === undefined ? {} : { given }) } satisfies Place)
  const show = (item: Item) => showItem(account, item, { urlOf: context.urlOf, inDelta: true })

  if (query.token === 'latest') return { items: [], link: '@odata.deltaLink', token: at(tree.sequence()) }
  let place: Place = { drive: drive.id, epoch, since: tree.sequence(), given: 0 }
  if (query.token !== undefined) {
    const opened = seals.open(query.token) as Place | undefined
    // A token of before a restart, or one that the control ended, was good once.
    if (!opened || opened.epoch !== epoch) throw gone(account, context.restartUrl)
    if (opened.drive !== drive.id) throw invalidRequest('The token belongs to another drive.')
    place = opened
  }

  if (place.given !== undefined) {
    const all = [tree.root(drive.space)!, ...tree.all(drive.space)]
    const items = all.slice(place.given, place.given + query.top)
    const given = place.given + items.length
    const isLast = given >= all.length
    return {
      items: items.map(show),
      link: isLast ? '@odata.deltaLink' : '@odata.nextLink',
      token: isLast ? at(place.since) : at(place.since, given),
    }
  }
  const changes = tree.changesSince(place.since).filter(({ item }) => item.space === drive.space)
  const page = changes.slice(0, query.top)
  const isLast = page.length === changes.length
  return {
    items: page.map(({ kind, item }) =>
      kind === 'removed' || isGone(account, item) ? showDeleted(account, item) : show(item),
    ),
    link: isLast ? '@odata.deltaLink' : '@odata.nextLink',
    token: at(isLast ? tree.sequence() : page.at(-1)!.sequence),
  }
}

/** The client starts over at Location. */
function gone({ kind }: Account, restartUrl: string): GraphError {
  const code = kind === 'work' ? 'resyncRequired' : 'resyncChangesApplyDifferences'
  return new GraphError(410, code, 'Resync required. Replace any local items with the server version.', {
    headers: { location: restartUrl },
  })
}
