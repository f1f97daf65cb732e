import type { ReactNode } from 'react'
import styles from './badge.module.css'

/** A word or two on a state. Its colour says nothing that the word does not. */
export function Badge({
  look = 'quiet',
  icon,
  children,
}: {
  look?: 'good' | 'warn' | 'bad' | 'quiet' | 'accent'
  icon?: ReactNode
  children: ReactNode
}) {
  return (
    <span className={`${styles.badge} ${styles[look]}`}>
      {icon && (
        <span className={styles.icon} aria-hidden="true">
          {icon}
        </span>
      )}
      <span>{children}</span>
    </span>
  )
}
