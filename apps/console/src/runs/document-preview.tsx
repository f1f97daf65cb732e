import type { Document } from '@wellhead/client'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { ExternalLink } from '../ui/external-link.tsx'
import styles from './document-item.module.css'
import { useSize } from './size.ts'

const SHOWN = 4_000
const MarkdownText = lazy(async () => ({ default: (await import('./markdown.tsx')).MarkdownText }))

/** The text of a document, or its beginning. */
export function DocumentPreview({ document }: { document: Document }) {
  const { t } = useTranslation()
  const sizeOf = useSize()
  const { kind, text, title, external_id, url, content_url, size, mime_type } = document
  if (text === null || text.trim() === '') return <WithoutText document={document} />
  const isCut = text.length > SHOWN
  const shown = isCut ? `${text.slice(0, SHOWN)} …` : text
  return (
    <div className={styles.preview}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section tabIndex={0} aria-label={t('runs.textOf', { title: title || external_id })} className={styles.text}>
        {mime_type === 'text/markdown' ? (
          <Suspense fallback={<pre>{shown}</pre>}>
            <MarkdownText text={shown} isPage={kind === 'page'} />
          </Suspense>
        ) : (
          <pre>{shown}</pre>
        )}
      </section>
      <p className={styles.links}>
        {isCut && <span>{t('runs.cut', { size: sizeOf(size ?? text.length) })}</span>}
        {content_url && <ExternalLink href={content_url}>{t('runs.open')}</ExternalLink>}
        {url && <ExternalLink href={url}>{t('runs.atSource')}</ExternalLink>}
      </p>
    </div>
  )
}

/** A row of a table is a page that may have no text: what it says is in its properties. */
function WithoutText({ document: { title, external_id, url, metadata } }: { document: Document }) {
  const { t } = useTranslation()
  const properties = Object.entries((metadata.properties ?? {}) as Readonly<Record<string, unknown>>)
  return (
    <div className={styles.preview}>
      {properties.length === 0 ? (
        <p>{t('runs.noText')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section tabIndex={0} aria-label={t('runs.textOf', { title: title || external_id })} className={styles.text}>
          <p>{t('runs.propertiesOnly')}</p>
          <dl className={styles.properties}>
            {properties.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {url && (
        <p className={styles.links}>
          <ExternalLink href={url}>{t('runs.atSource')}</ExternalLink>
        </p>
      )}
    </div>
  )
}
