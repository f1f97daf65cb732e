import { ExternalLink as Icon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './external-link.module.css'

/** A link to a page that is not ours, in a new tab. Inside a `Trans` it gets its words from there. */
export function ExternalLink({ href, children }: { href: string; children?: ReactNode }) {
  const { t } = useTranslation()
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className={styles.link}>
      {children}
      <Icon size={12} aria-hidden="true" />
      <span className="unseen"> {t('ui.newTab')}</span>
    </a>
  )
}
