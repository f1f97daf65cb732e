import type { DataSource } from '@wellhead/client'
import styles from './source-icon.module.css'

/** A source's icon, as a picture: no script of it runs. */
export function SourceIcon({ source, size = 40 }: { source: Pick<DataSource, 'icon'>; size?: 20 | 28 | 40 }) {
  const { icon } = source
  const url = icon.startsWith('data:') ? icon : `data:image/svg+xml,${encodeURIComponent(icon)}`
  return (
    <span className={`${styles.frame} ${styles[`size${size}`]}`}>
      <img src={url} alt="" />
    </span>
  )
}
