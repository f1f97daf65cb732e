import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../ui/page-header.tsx'
import { EmptyState } from '../ui/states.tsx'
import styles from './shell.module.css'

export function NotFound() {
  const { t } = useTranslation()
  return (
    <div className={styles.page}>
      <PageHeader title={t('app.notFound.title')} />
      <EmptyState
        icon={<Compass size={22} />}
        title={t('app.notFound.text')}
        actions={<Link to="/settings/data-sources">{t('app.notFound.action')}</Link>}
      />
    </div>
  )
}
