import type { DataSource } from '@wellhead/client'
import { FlaskConical } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Trans, useTranslation } from 'react-i18next'
import { Badge } from '../ui/badge.tsx'
import { ExternalLink } from '../ui/external-link.tsx'
import { Popover } from '../ui/popover.tsx'
import { oauthOf } from './auth-method.ts'
import styles from './sandbox-badge.module.css'

/** Says that a source is a stand-in, and tells the way to the real one. */
export function SandboxBadge({ source }: { source: DataSource }) {
  const { t } = useTranslation()
  const oauth = oauthOf(source)
  return (
    <Popover
      label={t('dataSources.sandbox.about', { source: source.name })}
      placement="bottom start"
      trigger={
        <Button className={styles.trigger} aria-label={t('dataSources.sandbox.about', { source: source.name })}>
          <Badge look="accent" icon={<FlaskConical />}>
            {t('dataSources.sandbox.badge')}
          </Badge>
        </Button>
      }
    >
      <div className={styles.text}>
        <p className={styles.title}>{t('dataSources.sandbox.title', { source: source.name })}</p>
        <p>{t('dataSources.sandbox.text', { source: source.name })}</p>
        <p className={styles.title}>{t('dataSources.sandbox.real')}</p>
        <ul className={styles.ways}>
          {oauth && (
            <li>
              <Trans
                i18nKey="dataSources.sandbox.client"
                values={{ source: source.name }}
                components={{
                  site: <ExternalLink href={oauth.registration_url} />,
                  code: <code />,
                }}
                t={t}
              />
            </li>
          )}
          <li>
            <Trans i18nKey="dataSources.sandbox.start" components={{ code: <code /> }} t={t} />
          </li>
        </ul>
        <p className={styles.quiet}>{t('dataSources.sandbox.reconnect')}</p>
      </div>
    </Popover>
  )
}
