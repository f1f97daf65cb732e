import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Connection, ConnectionOutcome } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api, isProblem } from '../api/client.ts'
import { keepConnection, reloadConnection } from '../api/connection-cache.ts'
import { useWords } from '../texts/words.ts'
import { useProblemText } from '../ui/problem-text.ts'
import { toast } from '../ui/toast.tsx'
import { hasEnded } from './status-badge.tsx'

/** `refreshAnyway`: although the provider may end the grant for it. */
export type Work = 'test' | 'refresh' | 'refreshAnyway' | 'default'

/** What is done with a connection at once, without a dialog. Its outcome is told; a failure also stands at the connection. */
export function useWork(
  connection: Connection,
  /** A refresh was refused, as it might cost the grant: the person must be asked. */
  onRisk: () => void,
): { work: (work: Work) => void; inHand: Work | null } {
  const { t } = useTranslation()
  const textOf = useProblemText()
  const wordsOf = useWords()
  const queries = useQueryClient()
  const params = { id: connection.id }

  async function carryOut(work: Work): Promise<string> {
    if (work === 'default') {
      const changed = await api.connections.update({ params, body: { default: true } })
      keepConnection(queries, withoutSettled(changed))
      return t('connections.actions.isDefault', { name: connection.name })
    }
    const isTest = work === 'test'
    const outcome = isTest
      ? await api.connections.validate({ params })
      : await api.connections.refresh({ params, body: work === 'refreshAnyway' ? { accept_risk: true } : {} })
    keepConnection(queries, withoutSettled(outcome))
    const said = isTest ? 'test' : 'refresh'
    if (!outcome.settled) return t(`connections.actions.${said}GoesOn`)
    if (outcome.status === 'active' || (isTest && outcome.status === 'degraded'))
      return t(`connections.actions.${said}ed`)
    // What has ended stands at the connection, with the way on.
    const { last_error, status } = outcome
    throw new Error(last_error && !hasEnded(status) ? wordsOf(last_error) : t(`connections.actions.${said}Failed`))
  }

  const { mutate, isPending, variables } = useMutation({
    mutationFn: carryOut,
    onSuccess: (said) => toast(said),
    onError: (error) => {
      if (isProblem(error, 'refresh_would_risk_grant')) return onRisk()
      toast(textOf(error), 'bad')
      void reloadConnection(queries, connection.id).catch(() => {})
    },
  })
  return {
    work: (work) => {
      if (!isPending) mutate(work)
    },
    inHand: isPending ? variables : null,
  }
}

function withoutSettled({ settled: _settled, ...connection }: ConnectionOutcome): Connection {
  return connection
}
