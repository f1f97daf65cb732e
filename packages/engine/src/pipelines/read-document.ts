/** From a document to what Wellhead knows of it. The document itself is not touched: it is written out again as it came. */
import { readDify } from './dify-document.ts'
import { invalidDocument } from './faults.ts'
import { faultsOfGraph } from './graph.ts'
import type { DocumentModel, PipelineFormat, PipelineText } from './model.ts'
import { parseText, requirePlain } from './parse-text.ts'
import { readWellhead } from './wellhead-document.ts'

export interface ReadDocument {
  readonly format: PipelineFormat
  readonly text: string
  readonly mediaType: PipelineText['mediaType']
  readonly model: DocumentModel
}

/**
 * @param given the text of a file, or our own document as an object
 * @throws EngineError `invalid_pipeline_document`, and nothing else
 */
export function readDocument(given: string | Readonly<Record<string, unknown>>): ReadDocument {
  const text = typeof given === 'string' ? given : textOf(given)
  const { value, mediaType } = parseText(text)
  const format = formatOf(value)
  const read = format === 'dify' ? readDify(value) : readWellhead(value)
  if ('faults' in read) throw invalidDocument(read.faults)
  const faults = faultsOfGraph(read.model, format)
  if (faults.length > 0) throw invalidDocument(faults)
  return { format, text, mediaType, model: read.model }
}

function textOf(document: Readonly<Record<string, unknown>>): string {
  // First, as a value of any depth would take the stack.
  requirePlain(document)
  return `${JSON.stringify(document, null, 2)}\n`
}

function formatOf(value: unknown): PipelineFormat {
  const has = (key: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  if (has('format')) return 'wellhead'
  if (has('kind')) return 'dify'
  throw invalidDocument([
    {
      path: '',
      message: 'This is no pipeline document: neither `format: wellhead.pipeline` nor `kind: rag_pipeline` is in it.',
    },
  ])
}
