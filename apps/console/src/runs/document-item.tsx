import type { Document } from '@wellhead/client'
import { ChevronRight, CircleAlert, File, FileText, Folder } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ExternalLink } from '../ui/external-link.tsx'
import styles from './document-item.module.css'
import { DocumentPreview } from './document-preview.tsx'
import { useSize } from './size.ts'

/** One document of a run: its title, and what it says when it is opened. */
export function DocumentItem({ document }: { document: Document }) {
  const { t } = useTranslation()
  const sizeOf = useSize()
  const [isOpen, setOpen] = useState(false)
  const title = document.title || document.external_id
  const failure = failureOf(document)
  if (failure !== undefined)
    return (
      <div className={styles.line}>
        <CircleAlert size={16} aria-hidden="true" className={styles.bad} />
        <div className={styles.title}>
          <p>{title}</p>
          <p className={styles.bad}>{failure ?? t('runs.unreadable')}</p>
        </div>
      </div>
    )
  const Icon = iconOf(document)
  if (document.text === null)
    return (
      <div className={styles.line}>
        <Icon size={16} aria-hidden="true" className={styles.icon} />
        <span className={styles.title}>{title}</span>
        <span className={styles.quiet}>{document.size !== null && sizeOf(document.size)}</span>
        {document.content_url && <ExternalLink href={document.content_url}>{t('runs.open')}</ExternalLink>}
      </div>
    )
  return (
    <details className={styles.details} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className={styles.line}>
        <ChevronRight size={16} aria-hidden="true" className={styles.arrow} />
        <span className={styles.title}>{title}</span>
        <span className={styles.quiet}>{document.size !== null && sizeOf(document.size)}</span>
      </summary>
      {isOpen && <DocumentPreview document={document} />}
    </details>
  )
}

/** What kept it from being read; `null` when nothing was said, `undefined` when it was read. */
function failureOf({ kind, metadata }: Document): string | null | undefined {
  if (kind !== 'failed') return undefined
  const { error } = metadata as { error?: { message?: string } }
  return error?.message ?? null
}

function iconOf({ kind, metadata }: Document) {
  if (kind === 'drive_entry') return metadata.type === 'folder' ? Folder : File
  return FileText
}
