import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Connection, ConnectionOutcome } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { keepConnection, reloadConnection } from '../api/connection-cache.ts'
import { useProblemText } from '../ui/problem-text.ts'
import { toast } from '../ui/toast.tsx'

export type Work = 'test' | 'refresh' | 'default'

/** What is done with a connection at once, without a dialog. Its outcome is told; a failure also stands at the connection. */
export function useWork(connection: Connection): { work: (work: Work) => void; inHand: Work | null } {
  const { t } = useTranslation()
  const textOf = useProblemText()
  const queries = useQueryClient()
  const params = { id: connection.id }

  async function carryOut(work: Work): Promise<string> {
    if (work === 'default') {
      const changed = await api.connections.update({ params, body: { default: true } })
      keepConnection(queries, withoutSettled(changed))
      return t('connections.actions.isDefault', { name: connection.name })
    }
    const outcome =
      work === 'test' ? await api.connections.validate({ params }) : await api.connections.refresh({ params, body: {} })
    keepConnection(queries, withoutSettled(outcome))
    if (!outcome.settled) return t(`connections.actions.${work}GoesOn`)
    if (outcome.status === 'active' || (work === 'test' && outcome.status === 'degraded'))
      return t(work === 'test' ? 'connections.actions.tested' : 'connections.actions.refreshed')
    throw new Error(outcome.last_error?.message ?? t(`connections.actions.${work}Failed`))
  }

  const { mutate, isPending, variables } = useMutation({
    mutationFn: carryOut,
    onSuccess: (said) => toast(said),
    onError: (error) => {
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
