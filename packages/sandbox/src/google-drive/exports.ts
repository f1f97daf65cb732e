import { Readable } from 'node:stream'
import type { Item, NativeType } from '../drive/tree.ts'
import { DriveError } from './errors.ts'
import { pdfOf } from './pdf.ts'
import { xlsxOf } from './xlsx.ts'

/** https://developers.google.com/workspace/drive/api/guides/ref-export-formats, as far as the sandbox can write them. */
type Format = 'md' | 'txt' | 'html' | 'pdf' | 'xlsx' | 'csv' | 'tsv' | 'svg'

const formats: Readonly<Record<NativeType, readonly Format[]>> = {
  document: ['md', 'txt', 'html', 'pdf'],
  spreadsheet: ['xlsx', 'csv', 'tsv', 'pdf'],
  presentation: ['pdf', 'txt'],
  drawing: ['pdf', 'svg'],
  form: [],
}

const mimeTypes: Readonly<Record<Format, string>> = {
  md: 'text/markdown',
  txt: 'text/plain',
  html: 'text/html',
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  svg: 'image/svg+xml',
}

/** More than the API exports: 10 MB. */
const largeBytes = 11 * 1024 * 1024

export const nativeMimeType = (native: NativeType): string => `application/vnd.google-apps.${native}`

/** `exportLinks` of a document. They have no limit of size. */
export function exportLinksOf(docs: string, item: Item): { exportLinks?: Record<string, string> } {
  const kind = `${item.native}s`
  const entries = formatsOf(item).map((format) => [
    mimeTypes[format],
    `${docs}/feeds/download/${kind}/export/Export?id=${item.id}&exportFormat=${format}`,
  ])
  return entries.length > 0 ? { exportLinks: Object.fromEntries(entries) } : {}
}

const formatsOf = (item: Item): readonly Format[] => (item.native ? formats[item.native] : [])

export interface Exported {
  readonly mimeType: string
  readonly body: string | Buffer | Readable
}

/** By `files.export`. @throws DriveError */
export function exportByMimeType(item: Item, mimeType: string): Exported {
  if (item.kind !== 'native') throw new DriveError(403, 'fileNotExportable', 'Export only supports Docs Editors files.')
  if (item.oddity === 'export_too_large')
    throw new DriveError(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.')
  const format = formatsOf(item).find((one) => mimeTypes[one] === mimeType)
  if (!format)
    throw new DriveError(400, 'badRequest', 'The requested conversion is not supported.', { location: 'convertTo' })
  return write(item, format)
}

/** By an export link; `undefined` when there is no such export. */
export function exportByLink(item: Item, exportFormat: string): Exported | undefined {
  const format = formatsOf(item).find((one) => one === exportFormat)
  return format && write(item, format)
}

function write(item: Item, format: Format): Exported {
  const mimeType = mimeTypes[format]
  const text = item.content?.kind === 'text' ? item.content.text : ''
  if (item.oddity === 'export_too_large' && mimeType.startsWith('text/')) return { mimeType, body: manyLines(text) }
  return { mimeType, body: written(text, format, item.name) }
}

function written(text: string, format: Format, title: string): string | Buffer {
  switch (format) {
    case 'pdf':
      return pdfOf(title, text.split('\n'))
    case 'xlsx':
      return xlsxOf(rowsOf(text))
    case 'tsv':
      return text.replaceAll(',', '\t')
    case 'html':
      return `<html><body>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replaceAll('\n', '<br>')}</body></html>`
    case 'svg':
      return '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 0h2v3H0z"/></svg>'
    default:
      return text
  }
}

const rowsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(','))

function manyLines(line: string): Readable {
  function* lines() {
    for (let written = 0, number = 1; written < largeBytes; number++) {
      const chunk = `Meeting ${number}. ${line}`.repeat(100)
      written += chunk.length
      yield chunk
    }
  }
  return Readable.from(lines())
}
