import { useTranslation } from 'react-i18next'

/** Something that the API says: a stable code, and a sentence in English. */
export interface Said {
  readonly code?: string | undefined
  readonly message: string
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
