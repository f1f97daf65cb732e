import { Search, X } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Input } from 'react-aria-components/Input'
import { SearchField as AriaSearchField } from 'react-aria-components/SearchField'
import { useTranslation } from 'react-i18next'
import styles from './field.module.css'

export function SearchField({
  label,
  ...props
}: {
  /** Its name, and what stands in it while it is empty. */
  label: string
  value: string
  onChange: (value: string) => void
}) {
  const { t } = useTranslation()
  return (
    <AriaSearchField {...props} aria-label={label} className={styles.search}>
      <Search size={16} className={styles.searchIcon} aria-hidden="true" />
      <Input className={styles.input} placeholder={label} />
      <Button className={styles.clear} aria-label={t('ui.clear')}>
        <X size={14} aria-hidden="true" />
      </Button>
    </AriaSearchField>
  )
}
