import { type ReactNode, useId } from 'react'
import styles from './section.module.css'

/** A part of the page, on a card of its own. */
export function Section({
  title,
  text,
  wide = false,
  children,
}: {
  title: string
  /** A sentence on what it is of. */
  text?: string
  wide?: boolean
  children: ReactNode
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`${styles.section} ${wide ? styles.wide : ''}`}>
      <div>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {text && <p className={styles.quiet}>{text}</p>}
      </div>
      {children}
    </section>
  )
}

/** Instead of a chart of nothing. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={styles.quiet}>{children}</p>
}
