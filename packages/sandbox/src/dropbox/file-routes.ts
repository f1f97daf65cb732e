import type { files } from 'dropbox'
import type { FastifyInstance } from 'fastify'
import type { Item } from '../drive/tree.ts'
import type { Access } from './access.ts'
import { continueArg, getMetadataArg, type ListFolderArg, listFolderArg } from './arguments.ts'
import type { Scope } from './changes.ts'
import { type Cursor, readCursor, writeCursor } from './cursors.ts'
import { badRequest, routeError } from './errors.ts'
import { onePage, toldUntilNow } from './listing.ts'
import { resolve } from './lookup.ts'
import { deletedMetadata, metadata } from './metadata.ts'
import type { DropboxParts } from './parts.ts'
import { addRpc, rpcArgument } from './rpc.ts'
import { isLive, nameOf, pathIn } from './views.ts'

const scope = 'files.metadata.read'

/** https://www.dropbox.com/developers/documentation/http/documentation#files-list_folder and its neighbours */
export function addFileRoutes(app: FastifyInstance, { house, access, settings, hash }: DropboxParts): void {
  function begin({ view, account }: Access, arg: ListFolderArg): { listing: Scope; cursor: Cursor } {
    const { path, shared_link: link, include_property_groups: templates, ...rest } = arg
    // The sandbox has no shared links and no templates, so none that is named is there.
    if (link) throw routeError('path', 'not_found')
    if (templates)
      throw routeError('template_error', {
        template_error: { '.tag': 'template_not_found', template_not_found: templates.filter_some[0] },
      })
    const folder = resolve(view, path, settings())
    if (folder && folder.kind !== 'folder') throw routeError('path', 'not_folder')
    const listing = { view, folder, arg: rest, hash }
    const cursor = {
      accountId: account.id,
      namespaceId: view.namespaceId,
      epoch: settings().cursorEpoch,
      folderId: folder?.id ?? null,
      arg: rest,
      listed: 0,
      told: toldUntilNow(listing),
    }
    return { listing, cursor }
  }

  addRpc(app, 'files/list_folder', (request, name) => {
    const call = access.of(request, name, scope)
    const { listing, cursor } = begin(call, rpcArgument(request, name, listFolderArg))
    return onePage(listing, cursor, house.pageSize)
  })

  addRpc(app, 'files/list_folder/get_latest_cursor', (request, name) => {
    const call = access.of(request, name, scope)
    const { cursor } = begin(call, rpcArgument(request, name, listFolderArg))
    return { cursor: writeCursor({ ...cursor, listed: null }) } satisfies files.ListFolderGetLatestCursorResult
  })

  addRpc(app, 'files/list_folder/continue', (request, name) => {
    const { view, account } = access.of(request, name, scope)
    const cursor = readCursor(rpcArgument(request, name, continueArg).cursor)
    if (cursor?.accountId !== account.id) throw badRequest(name, 'Invalid "cursor" parameter')
    const { tree } = account
    const isOld = cursor.epoch !== settings().cursorEpoch || cursor.told[0] > tree.sequence()
    // A cursor of another root tells of other paths.
    if (isOld || cursor.namespaceId !== view.namespaceId) throw routeError('reset')
    const folder = cursor.folderId === null ? null : tree.get(cursor.folderId)
    if (folder === undefined) throw routeError('reset')
    if (cursor.listed !== null && folder && !isLive(view, folder)) throw routeError('path', 'not_found')
    return onePage({ view, folder, arg: cursor.arg, hash }, cursor, house.pageSize)
  })

  addRpc(app, 'files/get_metadata', async (request, name) => {
    const { view } = access.of(request, name, scope)
    const arg = rpcArgument(request, name, getMetadataArg)
    if (arg.include_deleted) {
      const gone = deletedAt(view, arg.path)
      if (gone) return gone
    }
    const item = resolve(view, arg.path, settings())
    if (item === null || (item.parentId === null && view.mounts[0]?.path === '' && item.space === view.mounts[0].space))
      throw badRequest(name, 'request body: path: The root folder is unsupported.')
    const entry = await metadata(view, item, hash)
    return arg.include_has_explicit_shared_members && entry['.tag'] === 'file'
      ? { ...entry, has_explicit_shared_members: false }
      : entry
  })
}

/** Of a path where something used to be, and nothing is now. */
function deletedAt(view: Access['view'], path: string) {
  const { tree } = view.account
  const lower = path.toLowerCase()
  for (const { space, path: mount } of view.mounts) {
    const root = tree.root(space)
    const folders = root ? [root, ...tree.all(space).filter(({ kind }) => kind === 'folder')] : []
    for (const folder of folders) {
      const isHere = (item: Item) => `${mount}${tree.pathOf(folder)}/${nameOf(item)}`.toLowerCase() === lower
      if (tree.children(folder.id).some(isHere)) return undefined
      const gone = tree.trashedFrom(folder.id).find(isHere)
      if (gone) return deletedMetadata(pathIn(view, gone), nameOf(gone), false)
    }
  }
  return undefined
}
