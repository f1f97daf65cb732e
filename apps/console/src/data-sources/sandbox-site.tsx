import type { DataSource } from '@wellhead/client'
import { Trans, useTranslation } from 'react-i18next'
import { ExternalLink } from '../ui/external-link.tsx'
import styles from './sandbox-site.module.css'
import { urlParameters } from './url-parameters.ts'

/** Which web site the sandbox can read: it refuses those of the world. */
export function SandboxSite({ source }: { source: DataSource }) {
  const { t } = useTranslation()
  const url = source.sandbox_pages?.site_url
  if (!url) return null
  return (
    <p className={styles.site}>
      <Trans
        i18nKey="dataSources.sandboxSite"
        values={{ url }}
        components={{ site: <ExternalLink href={url} />, code: <code /> }}
        t={t}
      />
    </p>
  )
}

/** It as the parameters of a run. */
export function sandboxSiteValues(source: DataSource): Readonly<Record<string, string>> {
  const url = source.sandbox_pages?.site_url
  return url ? Object.fromEntries(urlParameters(source).map((name) => [name, url])) : {}
}
