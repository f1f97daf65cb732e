import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './notice.module.css'

const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert, quiet: Info }

/** Something to know, where it matters. */
export function Notice({
  look = 'quiet',
  role,
  children,
  actions,
}: {
  look?: keyof typeof icons
  role?: 'alert' | 'status'
  children: ReactNode
  actions?: ReactNode
}) {
  const Icon = icons[look]
  return (
    <div className={`${styles.notice} ${styles[look]}`} role={role}>
      <Icon size={18} aria-hidden="true" />
      <div className={styles.text}>{children}</div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}
