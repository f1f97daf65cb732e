import { ProblemError } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { SaidError, useWords } from '../texts/words.ts'

/** What went wrong, in a sentence: what the API said, where it answered. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation()
  const wordsOf = useWords()
  return (error) => {
    if (error instanceof ProblemError)
      return error.code === undefined ? t('problems.status', { status: error.status }) : wordsOf(error)
    if (error instanceof SaidError) return wordsOf(error)
    // What `fetch` rejects with.
    if (error instanceof TypeError) return t('problems.unreachable')
    return error instanceof Error && error.message !== '' ? error.message : t('problems.unknown')
  }
}
