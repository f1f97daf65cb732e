/** What an answer says of the content that its body is, or is a part of. */
import type { Answer } from './send.ts'

export interface Content {
  /** The place of the body's first byte in the content. */
  readonly start: number
  /** The place after the body's last byte, where it is known. */
  readonly end: number | undefined
  /** Bytes of the whole content, where they are known. */
  readonly total: number | undefined
  /** Whether the body goes to the end of the content. */
  readonly endsWithWhole: boolean
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  /** What the content is told by in a condition; `undefined` where nothing is strong enough. */
  readonly ifRange: string | undefined
}

/** Where a reader is, and where it ends. */
export interface Place {
  readonly at: number
  readonly end: number | undefined
}

/** `undefined` when its bytes cannot be told by their place: packed, not a success, or several parts. */
export function contentOf({ response, wasPacked }: Answer): Content | undefined {
  const { status, headers } = response
  if (wasPacked) return undefined
  const etag = headers.get('etag')?.trim() || undefined
  const lastModified = headers.get('last-modified')?.trim() || undefined
  const told = { etag, lastModified, ifRange: ifRangeOf(headers, etag, lastModified) }
  if (status === 200) {
    const total = numberOf(headers.get('content-length'))
    return { ...told, start: 0, end: total, total, endsWithWhole: true }
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(headers.get('content-range')?.trim() ?? '')
  if (status !== 206 || !range) return undefined
  const end = Number(range[2]) + 1
  const total = numberOf(range[3] ?? null)
  return { ...told, start: Number(range[1]), end, total, endsWithWhole: end === total }
}

/**
 * The rest of `first` from the reader's place: a part that begins there, ends no later than it should, and is told by the same
 * marks, as far as both have them.
 */
export function isRest(first: Content, part: Content, { at, end }: Place): boolean {
  if (part.start !== at || part.end === undefined || part.end <= at) return false
  if (end !== undefined && part.end > end) return false
  if (first.total !== undefined && part.total !== undefined && first.total !== part.total) return false
  return sameMarks(first, part) ?? true
}

/** Provably the same whole content. */
export function isSame(first: Content, whole: Content): boolean {
  return sameMarks(first, whole) ?? (first.total !== undefined && first.total === whole.total)
}

/** `undefined` when they have no mark in common. */
function sameMarks(one: Content, other: Content): boolean | undefined {
  if (one.etag !== undefined && other.etag !== undefined) return opaque(one.etag) === opaque(other.etag)
  if (one.lastModified !== undefined && other.lastModified !== undefined) return one.lastModified === other.lastModified
  return undefined
}

/** RFC 9110, section 8.8.3.2: the weak comparison. */
const opaque = (etag: string): string => etag.replace(/^W\//, '')

/** RFC 9110, section 13.1.5: a strong entity tag; a date only where there is no tag, and where it is as good as a strong one. */
function ifRangeOf(headers: Headers, etag: string | undefined, lastModified: string | undefined): string | undefined {
  if (etag !== undefined) return etag.startsWith('W/') ? undefined : etag
  if (lastModified === undefined) return undefined
  // Section 8.8.2.2: it may have changed again in the second of its date.
  const age = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified)
  return age >= 1_000 ? lastModified : undefined
}

function numberOf(value: string | null): number | undefined {
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined
}
