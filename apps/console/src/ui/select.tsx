import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select'
import styles from './field.module.css'
import { FieldHelp, FieldProblem } from './field.tsx'
import { overlayPlace } from './portal.ts'

export interface Option<Value extends string = string> {
  value: Value
  label: string
  /** What is shown instead of the label, such as a name with a picture. */
  content?: ReactNode
}

/** One of several, from a list that opens. */
export function Select<Value extends string>({
  label,
  isLabelShown = true,
  options,
  help,
  onChange,
  ...props
}: {
  label: string
  isLabelShown?: boolean
  options: readonly Option<Value>[]
  name?: string
  help?: ReactNode
  value?: Value | null
  defaultValue?: Value
  onChange?: (value: Value) => void
  isRequired?: boolean
  isDisabled?: boolean
  placeholder?: string
}) {
  return (
    <AriaSelect
      {...props}
      onChange={(value) => onChange?.(value as Value)}
      className={styles.field}
      {...(isLabelShown ? {} : { 'aria-label': label })}
    >
      {isLabelShown && <Label className={styles.label}>{label}</Label>}
      <Button className={styles.select}>
        <SelectValue className={styles.selected} />
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <FieldHelp>{help}</FieldHelp>
      <FieldProblem />
      <Popover UNSTABLE_portalContainer={overlayPlace()} className={styles.popover}>
        <ListBox className={styles.list} items={options.map((option) => ({ ...option, id: option.value }))}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.option}>
              {option.content ?? option.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}
