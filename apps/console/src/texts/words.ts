import type { Fault } from '@wellhead/client'
import { useTranslation } from 'react-i18next'

/** Something that the API says: a stable code, and a sentence in English. */
export interface Said {
  readonly code?: string | undefined
  readonly message: string
}

/** The sentence of a field's fault, in the reader's language where it is one of ours. */
export function useFaultWords(): (fault: Pick<Fault, 'code' | 'limit' | 'message'>) => string {
  const { t, i18n } = useTranslation()
  return ({ code, limit, message }) => {
    const key = `faults.${code}`
    return code !== undefined && i18n.exists(key) ? t(key as never, { limit: limit as never }) : message
  }
}

/** What the API said of work that it did: thrown where a promise must be kept. */
export class SaidError extends Error implements Said {
  readonly code: string | undefined

  constructor({ code, message }: Said) {
    super(message)
    this.code = code
  }
}

/** What the API says, in the reader's language: its own sentence in English, elsewhere ours for its code where there is one. */
export function useWords(): (said: Said) => string {
  const { t, i18n } = useTranslation()
  return ({ code, message }) => {
    const key = `codes.${code}`
    return code !== undefined && i18n.exists(key) ? t(key as never) : message
  }
}
