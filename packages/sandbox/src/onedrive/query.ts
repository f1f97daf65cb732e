import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { invalidRequest } from './graph-errors.ts'

/** The properties of an item that can be selected. */
const properties = [
  'id',
  'name',
  'size',
  'file',
  'folder',
  'package',
  'root',
  'remoteItem',
  'malware',
  'deleted',
  'parentReference',
  'webUrl',
  'createdDateTime',
  'lastModifiedDateTime',
  'createdBy',
  'lastModifiedBy',
  'fileSystemInfo',
  'eTag',
  'cTag',
] as const satisfies readonly (keyof DriveItem)[]

/** An annotation that has to be asked for by name. */
const downloadUrl = '@microsoft.graph.downloadUrl'

export interface ListQuery {
  /** Undefined: everything. */
  readonly select: readonly string[] | undefined
  readonly top: number
  readonly descending: boolean
  /** `$skiptoken`, or `token` of a delta. */
  readonly token: string | undefined
  /** All but the token, in order: a token is good for the query that it was given for. */
  readonly bound: string
}

/** @throws GraphError for an option that is unknown, unreadable or there twice */
export function readQuery(
  search: URLSearchParams,
  options: { readonly known: readonly string[]; readonly pageSize: number },
): ListQuery {
  for (const name of search.keys()) {
    if (!options.known.includes(name)) throw invalidRequest(`The query parameter '${name}' is not supported here.`)
    if (search.getAll(name).length > 1)
      throw invalidRequest(`The query parameter '${name}' must be specified at most once.`)
  }
  const top = search.get('$top')
  if (top !== null && !/^[1-9]\d{0,3}$/.test(top)) throw invalidRequest("Invalid value for '$top'.")
  const order = search.get('$orderby')
  const ordered = /^name(?: (asc|desc))?$/i.exec(order ?? 'name')
  if (!ordered) throw invalidRequest("Invalid value for '$orderby'.")
  const token = search.get('$skiptoken') ?? search.get('token') ?? undefined
  const others = [...search].filter(([name]) => name !== '$skiptoken' && name !== 'token')
  return {
    select: readSelect(search.get('$select')),
    // 200 is the default of the real one.
    top: Math.min(options.pageSize, Number(top ?? 200)),
    descending: ordered[1]?.toLowerCase() === 'desc',
    token,
    bound: new URLSearchParams(others).toString(),
  }
}

function readSelect(text: string | null): readonly string[] | undefined {
  if (text === null) return undefined
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (name === downloadUrl || name === 'content.downloadUrl') continue
    if (!(properties as readonly string[]).includes(name))
      throw invalidRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.driveItem'.`,
      )
  }
  return names
}

/** The part of an item that was asked for. */
export function selected<Shown extends object>(item: Shown, select: readonly string[] | undefined): Partial<Shown> {
  if (!select) return item
  const names = select.map((name) => (name === 'content.downloadUrl' ? downloadUrl : name))
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))) as Partial<Shown>
}
