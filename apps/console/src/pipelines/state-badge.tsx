import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, FileText, Workflow } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Badge } from '../ui/badge.tsx'
import { looks, type NodeState } from './node-state.ts'

const icons = {
  connected: CircleCheck,
  checking: CircleDashed,
  needsAuthorization: CircleAlert,
  ambiguous: CircleHelp,
  hidden: CircleHelp,
  unknown: CircleAlert,
  localFile: FileText,
  orchestrator: Workflow,
} as const satisfies Record<NodeState, unknown>

/** How a node stands. */
export function StateBadge({ state }: { state: NodeState }) {
  const { t } = useTranslation()
  const Icon = icons[state]
  return (
    <Badge look={looks[state]} icon={<Icon />}>
      {t(`pipelines.states.${state}`)}
    </Badge>
  )
}
