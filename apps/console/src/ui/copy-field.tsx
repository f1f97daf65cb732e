import { useRef, useState } from 'react'
import { Input } from 'react-aria-components/Input'
import { TextField } from 'react-aria-components/TextField'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import styles from './field.module.css'
import { FieldLabel } from './field.tsx'

/** A value to be copied as it stands. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState('')

  async function copy() {
    input.current?.select()
    try {
      await navigator.clipboard.writeText(value)
      setSaid(t('ui.copied'))
    } catch {
      setSaid(t('ui.copyByHand'))
    }
  }

  return (
    <TextField value={value} isReadOnly className={styles.field}>
      <FieldLabel>{label}</FieldLabel>
      <div className={styles.copy}>
        <Input ref={input} className={`${styles.input} ${styles.exact}`} />
        <Button of={label} onPress={() => void copy()}>
          {t('ui.copy')}
        </Button>
      </div>
      <span role="status" className={styles.help}>
        {said}
      </span>
    </TextField>
  )
}
