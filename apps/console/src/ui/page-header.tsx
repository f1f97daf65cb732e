import { type ReactNode, useEffect } from 'react'
import styles from './page-header.module.css'

/** The title of a page. Focus goes to it when the reader comes here by a link of the page, and the document is named after it. */
export function PageHeader({
  title,
  children,
  actions,
}: {
  title: string
  /** A sentence on what the page is for. */
  children?: ReactNode
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Wellhead`
  }, [title])
  return (
    <header className={styles.header}>
      <div className={styles.text}>
        <h1 tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {children && <p className={styles.lead}>{children}</p>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  )
}

/** Moves the focus to the title of the page: when the reader came to it, or when what had the focus is gone. */
export function focusTitle(): void {
  const title = document.querySelector<HTMLElement>('main h1')
  const target = title ?? document.getElementById('content')
  target?.focus({ preventScroll: true })
}
