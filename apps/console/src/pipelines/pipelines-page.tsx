import { useTranslation } from 'react-i18next'
import styles from '../app/shell.module.css'
import { PageHeader } from '../ui/page-header.tsx'

export function PipelinesPage() {
  const { t } = useTranslation()
  return (
    <div className={styles.page}>
      <PageHeader title={t('pipelines.title')} />
    </div>
  )
}
