/** Bytes, as the API takes them. */
const MOST_BYTES = 512 * 1024

/** A document that was chosen or dropped. */
export interface DocumentFile {
  readonly name: string
  readonly size: number
  readonly text: string
}

/** Why a file cannot be a document: a key of `pipelines.importing`. */
export type FileFault = 'empty' | 'tooLarge' | 'notText' | 'unreadable'

export async function readFile(file: File): Promise<DocumentFile | FileFault> {
  if (file.size === 0) return 'empty'
  if (file.size > MOST_BYTES) return 'tooLarge'
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer())
    return text.includes('\0') ? 'notText' : { name: file.name, size: file.size, text }
  } catch (error) {
    // A folder, or a file that went away; `TypeError` is the decoder's.
    return error instanceof TypeError ? 'notText' : 'unreadable'
  }
}
