import { Link, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import styles from './settings-layout.module.css'

/** The pages of Settings, with a way from one to the other. */
export function SettingsLayout() {
  const { t } = useTranslation()
  return (
    <div className={styles.layout}>
      <nav aria-label={t('app.settings.label')} className={styles.nav}>
        <Link to="/settings/data-sources" className={styles.link}>
          {t('app.settings.dataSources')}
        </Link>
        <Link to="/settings/members" className={styles.link}>
          {t('app.settings.members')}
        </Link>
        <Link to="/settings/tokens" className={styles.link}>
          {t('app.settings.tokens')}
        </Link>
      </nav>
      <div className={styles.content}>
        <Outlet />
      </div>
    </div>
  )
}
