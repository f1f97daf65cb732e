import type { drive_v3 } from '@googleapis/drive'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendContent } from '../drive/send-content.ts'
import type { Item } from '../drive/tree.ts'
import type { House } from '../provider.ts'
import type { Access } from './access.ts'
import type { Account } from './accounts.ts'
import { type Drives, isVisible } from './drives.ts'
import { DriveError, fileNotFound, invalidParameter } from './errors.ts'
import { exportByMimeType } from './exports.ts'
import { partialResponse } from './fields.ts'
import { findFiles, type ListParams } from './list-files.ts'
import type { PageTokens } from './page-tokens.ts'
import { type PresentedFile, type Presenter, presentDrive, presentUser } from './present.ts'
import { shapes, usualFields } from './shapes.ts'

export interface ApiParts {
  readonly house: House
  readonly access: Access
  readonly drives: Drives
  readonly tokens: PageTokens
  readonly present: Presenter
}

export type Params = Readonly<Record<string, string | undefined>>

/** https://developers.google.com/workspace/drive/api/reference/rest/v3: about, drives and files. */
export function addApiRoutes(app: FastifyInstance, { house, access, drives, tokens, present }: ApiParts): void {
  app.get('/drive/v3/about', async (request, reply) => {
    const account = access.of(request, 'metadata')
    const { fields } = paramsOf(request)
    if (fields === undefined)
      throw new DriveError(400, 'required', "The 'fields' parameter is required for this method.", {
        location: 'fields',
      })
    const about: drive_v3.Schema$About = {
      kind: 'drive#about',
      user: presentUser(account, true),
      canCreateDrives: true,
    }
    return reply.send(await partialResponse(about, shapes.about, fields, ''))
  })

  app.get('/drive/v3/drives', async (request, reply) => {
    const account = access.of(request, 'metadata')
    const params = paramsOf(request)
    const size = Math.min(pageSizeOf(params, 100) ?? 10, house.pageSize)
    const { items, ...next } = tokens.page(drives.of(account), `drives ${account.id}`, size, params.pageToken)
    const list: drive_v3.Schema$DriveList = { kind: 'drive#driveList', ...next, drives: items.map(presentDrive) }
    return reply.send(await partialResponse(list, shapes.driveList, params.fields, usualFields.driveList))
  })

  app.get<{ Params: { id: string } }>('/drive/v3/drives/:id', async (request, reply) => {
    const drive = drives.must(access.of(request, 'metadata'), request.params.id)
    return reply.send(
      await partialResponse(presentDrive(drive), shapes.drive, paramsOf(request).fields, usualFields.drive),
    )
  })

  app.get('/drive/v3/files', async (request, reply) => {
    const account = access.of(request, 'metadata')
    const params = paramsOf(request)
    const found = findFiles(account, drives, params as ListParams)
    const { q, orderBy, corpora, driveId, includeItemsFromAllDrives } = params
    const asked = JSON.stringify([account.id, q, orderBy, corpora, driveId, includeItemsFromAllDrives])
    // Without a size: 100 of a shared drive, and the whole list of My Drive.
    const most = pageSizeOf(params, 1000) ?? (corpora === 'drive' ? 100 : undefined)
    const size = most === undefined ? found.length : Math.min(most, house.pageSize)
    const { items, ...next } = tokens.page(found, asked, size, params.pageToken)
    const list: Omit<drive_v3.Schema$FileList, 'files'> & { files: PresentedFile[] } = {
      kind: 'drive#fileList',
      incompleteSearch: false,
      ...next,
      files: items.map((item) => present(account, item)),
    }
    return reply.send(await partialResponse(list, shapes.fileList, params.fields, usualFields.fileList))
  })

  app.get<{ Params: { id: string } }>('/drive/v3/files/:id', async (request, reply) => {
    const params = paramsOf(request)
    const { alt = 'json' } = params
    if (alt !== 'json' && alt !== 'media')
      throw new DriveError(400, 'invalidParameter', `Invalid value for alt: ${alt}`, { location: 'alt' })
    const account = access.of(request, alt === 'media' ? 'content' : 'metadata')
    const item = itemOf(account, request, request.params.id)
    if (alt === 'media') return sendMedia(request, reply, item, params.acknowledgeAbuse === 'true')
    return reply.send(await partialResponse(present(account, item), shapes.file, params.fields, usualFields.file))
  })

  app.get<{ Params: { id: string } }>('/drive/v3/files/:id/export', async (request, reply) => {
    const account = access.of(request, 'content')
    // Every drive is supported here: there is no parameter for it.
    const item = itemOf(account, request, request.params.id, true)
    const { mimeType } = paramsOf(request)
    if (!mimeType) throw new DriveError(400, 'required', 'Required parameter: mimeType', { location: 'mimeType' })
    refuseDownload(item)
    const exported = exportByMimeType(item, mimeType)
    return reply.header('content-type', exported.mimeType).send(exported.body)
  })

  function itemOf(account: Account, request: FastifyRequest, id: string, anyDrive = false): Item {
    const { tree, resourceKeys } = account
    const item = id === 'root' ? tree.root('own') : tree.get(id)
    const supports = anyDrive || paramsOf(request).supportsAllDrives === 'true'
    if (!item || !isVisible(account, drives, item) || (item.space === 'team' && !supports)) throw fileNotFound(id)
    const key = resourceKeys.get(item.id)
    if (key !== undefined && !keysOf(request).includes(`${item.id}/${key}`)) throw fileNotFound(id)
    return item
  }
}

function sendMedia(request: FastifyRequest, reply: FastifyReply, item: Item, acknowledged: boolean): FastifyReply {
  if (item.kind !== 'file' || !item.content)
    throw new DriveError(
      403,
      'fileNotDownloadable',
      'Only files with binary content can be downloaded. Use Export with Docs Editors files.',
      { location: 'alt' },
    )
  refuseDownload(item)
  if (item.oddity === 'malware' && !acknowledged)
    throw new DriveError(
      403,
      'cannotDownloadAbusiveFile',
      'This file has been identified as malware or spam and cannot be downloaded.',
    )
  // A file has no etag here: who resumes must check the hash.
  return sendContent(request, reply, {
    content: item.content,
    mimeType: item.mimeType,
    unsatisfiable: () => ({
      error: {
        code: 416,
        message: 'Request range not satisfiable',
        errors: [
          {
            message: 'Request range not satisfiable',
            domain: 'global',
            reason: 'requestedRangeNotSatisfiable',
            location: 'Range',
            locationType: 'header',
          },
        ],
      },
    }),
  })
}

function refuseDownload(item: Item): void {
  if (item.oddity === 'not_downloadable')
    throw new DriveError(403, 'cannotDownloadFile', 'This file cannot be downloaded by the user.')
}

/** https://developers.google.com/workspace/drive/api/guides/resource-keys */
const keysOf = (request: FastifyRequest): readonly string[] =>
  String(request.headers['x-goog-drive-resource-keys'] ?? '')
    .split(',')
    .map((pair) => pair.trim())

/** Of a parameter that comes twice, the last one. */
export function paramsOf(request: FastifyRequest): Params {
  const query = request.query as Readonly<Record<string, string | string[]>>
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
  )
}

/** More than `most` is taken for `most`. */
export function pageSizeOf({ pageSize }: Params, most: number): number | undefined {
  if (pageSize === undefined) return undefined
  if (!/^-?\d+$/.test(pageSize))
    throw new DriveError(400, 'badRequest', `Invalid value at 'page_size' (TYPE_INT32), "${pageSize}"`)
  if (Number(pageSize) < 1)
    throw invalidParameter('pageSize', `Invalid value '${pageSize}'. Values must be within the range: [1, ${most}]`)
  return Math.min(Number(pageSize), most)
}
