import type { Connection } from '@wellhead/client'
import { CircleAlert, CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Badge } from '../ui/badge.tsx'

type Status = Connection['status']

/** The look of a status, and a sign that does not rest on colour. */
const looks = {
  pending: { look: 'quiet', Icon: CircleDashed },
  active: { look: 'good', Icon: CircleCheck },
  degraded: { look: 'warn', Icon: TriangleAlert },
  needs_reauthorization: { look: 'bad', Icon: CircleAlert },
  invalid: { look: 'bad', Icon: CircleAlert },
  deleting: { look: 'quiet', Icon: CircleDashed },
} as const satisfies Record<Status, unknown>

export function StatusBadge({ status }: { status: Status }) {
  const { t } = useTranslation()
  const { look, Icon } = looks[status]
  return (
    <Badge look={look} icon={<Icon />}>
      {t(`connections.statuses.${status}`)}
    </Badge>
  )
}

/** Whether somebody has to do something before it works, or works well, again. */
export function needsAttention({ status }: Connection): boolean {
  return status === 'needs_reauthorization' || status === 'invalid' || status === 'degraded'
}

/** No run can use it until somebody acts. */
export function hasEnded(status: Connection['status']): status is 'needs_reauthorization' | 'invalid' {
  return status === 'needs_reauthorization' || status === 'invalid'
}

export function isUsable({ status }: Connection): boolean {
  return status === 'active' || status === 'degraded'
}
