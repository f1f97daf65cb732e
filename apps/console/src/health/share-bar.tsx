import styles from './share-bar.module.css'

export interface Share {
  readonly key: string
  readonly label: string
  readonly value: number
  readonly look: 'good' | 'warn' | 'bad' | 'quiet' | 'accent'
}

/** What a whole is made of: one bar, and each part by name and number beneath it. */
export function ShareBar({ shares, label }: { shares: readonly Share[]; label: string }) {
  const total = shares.reduce((sum, { value }) => sum + value, 0)
  return (
    <div className={styles.share}>
      <div className={styles.bar} aria-hidden="true">
        {shares
          .filter(({ value }) => value > 0)
          .map(({ key, value, look }) => (
            <span key={key} className={styles[look]} style={{ flexGrow: value / total }} />
          ))}
      </div>
      <ul className={styles.parts} aria-label={label}>
        {shares.map(({ key, label: name, value, look }) => (
          <li key={key} className={value === 0 ? styles.none : undefined}>
            <span className={`${styles.dot} ${styles[look]}`} aria-hidden="true" />
            <span>{name}</span>
            <strong>{value}</strong>
          </li>
        ))}
      </ul>
    </div>
  )
}
