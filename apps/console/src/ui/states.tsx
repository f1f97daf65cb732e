/** What stands in the place of content: nothing there yet, not loaded yet, could not be loaded. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { useProblemText } from './problem-text.ts'
import styles from './states.module.css'

export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className={styles.empty}>
      {icon && (
        <span className={styles.icon} aria-hidden="true">
          {icon}
        </span>
      )}
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

export function ErrorState({ error, onAgain }: { error: unknown; onAgain?: () => void }) {
  const { t } = useTranslation()
  const textOf = useProblemText()
  return (
    <Notice
      look="bad"
      role="alert"
      actions={
        onAgain && (
          <Button size="small" onPress={onAgain}>
            {t('ui.tryAgain')}
          </Button>
        )
      }
    >
      {textOf(error)}
    </Notice>
  )
}

/** Grey shapes of what will be there. */
export function Skeleton({ lines = 3, shape = 'lines' }: { lines?: number; shape?: 'lines' | 'cards' }) {
  const { t } = useTranslation()
  return (
    <div className={shape === 'cards' ? styles.cards : styles.lines} role="status" aria-label={t('app.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className={styles.shape} />
      ))}
    </div>
  )
}
