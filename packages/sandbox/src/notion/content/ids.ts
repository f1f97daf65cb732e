import { createHash } from 'node:crypto'

/** The same name always gives the same id, so that ids survive restarts and can be written down in tests. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(`notion:${name}`).digest('hex')
  // Shaped as a version 4 UUID.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const bareId = (id: string): string => id.replaceAll('-', '')

export const notionUrl = (id: string): string => `https://www.notion.so/${bareId(id)}`
