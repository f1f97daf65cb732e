import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox'
import { CheckboxGroup as AriaCheckboxGroup } from 'react-aria-components/CheckboxGroup'
import { Label } from 'react-aria-components/Label'
import { Radio as AriaRadio, RadioGroup as AriaRadioGroup } from 'react-aria-components/RadioGroup'
import styles from './field.module.css'
import { FieldHelp, FieldProblem } from './field.tsx'

interface GroupProps<Value> {
  label: string
  name?: string
  help?: ReactNode
  value?: Value
  defaultValue?: Value
  onChange?: (value: Value) => void
  isRequired?: boolean
  children: ReactNode
}

/** One of several. */
export function RadioGroup<Value extends string>({ label, help, children, ...props }: GroupProps<Value>) {
  return (
    <AriaRadioGroup {...props} onChange={props.onChange as (value: string) => void} className={styles.field}>
      <Label className={styles.legend}>{label}</Label>
      <FieldHelp>{help}</FieldHelp>
      <div className={styles.choices}>{children}</div>
      <FieldProblem />
    </AriaRadioGroup>
  )
}

export function Radio({ value, children, help }: { value: string; children: ReactNode; help?: ReactNode }) {
  return (
    <AriaRadio value={value} className={styles.choice}>
      {({ isSelected }) => (
        <>
          <span className={`${styles.mark} ${styles.round}`} aria-hidden="true">
            {isSelected && <span className={styles.dot} />}
          </span>
          <span>
            {children}
            {help && <span className={styles.help}>{help}</span>}
          </span>
        </>
      )}
    </AriaRadio>
  )
}

/** Any of several. */
export function CheckboxGroup({ label, help, children, ...props }: GroupProps<string[]>) {
  return (
    <AriaCheckboxGroup {...props} className={styles.field}>
      <Label className={styles.legend}>{label}</Label>
      <FieldHelp>{help}</FieldHelp>
      <div className={styles.choices}>{children}</div>
      <FieldProblem />
    </AriaCheckboxGroup>
  )
}

export function Checkbox({
  children,
  help,
  ...props
}: {
  children: ReactNode
  help?: ReactNode
  name?: string
  value?: string
  defaultSelected?: boolean
  isSelected?: boolean
  onChange?: (isSelected: boolean) => void
}) {
  return (
    <AriaCheckbox {...props} className={styles.choice}>
      {({ isSelected }) => (
        <>
          <span className={styles.mark} aria-hidden="true">
            {isSelected && <Check size={13} strokeWidth={3} />}
          </span>
          <span>
            {children}
            {help && <span className={styles.help}>{help}</span>}
          </span>
        </>
      )}
    </AriaCheckbox>
  )
}
