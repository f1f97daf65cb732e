import type { PipelineSummary } from '@wellhead/client'
import { CircleAlert, CircleCheck, CircleHelp } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Badge } from '../ui/badge.tsx'
import { stateOf } from './node-state.ts'

/** Whether all data sources of a pipeline can be run. */
export function Readiness({ nodes }: { nodes: readonly PipelineSummary['data_source_nodes'][number][] }) {
  const { t } = useTranslation()
  const needing = nodes.filter((node) => node.needs_authorization).length
  if (nodes.length === 0) return <Badge>{t('pipelines.noSources')}</Badge>
  if (needing > 0)
    return (
      <Badge look="warn" icon={<CircleAlert />}>
        {t('pipelines.needs', { count: needing })}
      </Badge>
    )
  if (nodes.every((node) => stateOf(node) === 'connected'))
    return (
      <Badge look="good" icon={<CircleCheck />}>
        {t('pipelines.ready')}
      </Badge>
    )
  return (
    <Badge look="warn" icon={<CircleHelp />}>
      {t('pipelines.partly')}
    </Badge>
  )
}
