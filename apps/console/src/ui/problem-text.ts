import { ProblemError } from '@wellhead/client'
import { useTranslation } from 'react-i18next'

/** What went wrong, in a sentence: the API's own words, where it answered. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    if (error instanceof ProblemError)
      return error.code === undefined ? t('problems.status', { status: error.status }) : error.message
    // What `fetch` rejects with.
    if (error instanceof TypeError) return t('problems.unreachable')
    return error instanceof Error && error.message !== '' ? error.message : t('problems.unknown')
  }
}
