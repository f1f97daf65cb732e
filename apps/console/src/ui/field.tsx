import { type HTMLInputAutoCompleteAttribute, type ReactNode, useContext, useState } from 'react'
import { FieldError, FieldErrorContext } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { Text } from 'react-aria-components/Text'
import { TextArea as AriaTextArea } from 'react-aria-components/TextArea'
import { TextField as AriaTextField } from 'react-aria-components/TextField'
import { useTranslation } from 'react-i18next'
import styles from './field.module.css'

interface FieldProps {
  label: string
  /** Of the form's value, and of the problem that is shown here. */
  name: string
  help?: ReactNode
  isRequired?: boolean
  autoFocus?: boolean
}

export interface TextFieldProps extends FieldProps {
  type?: 'text' | 'email' | 'url' | 'number' | 'password'
  defaultValue?: string
  value?: string
  onChange?: (value: string) => void
  placeholder?: string
  autoComplete?: HTMLInputAutoCompleteAttribute
  maxLength?: number
  min?: number
  max?: number
  isReadOnly?: boolean
}

export function TextField({ label, help, placeholder, min, max, autoComplete = 'off', ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} autoComplete={autoComplete} className={styles.field}>
      <FieldLabel isOptional={!props.isRequired && !props.isReadOnly}>{label}</FieldLabel>
      <Input className={styles.input} placeholder={placeholder} min={min} max={max} />
      <FieldHelp>{help}</FieldHelp>
      <FieldProblem />
    </AriaTextField>
  )
}

/** Text of several lines. */
export function TextArea({
  label,
  help,
  rows = 4,
  placeholder,
  isExact = false,
  ...props
}: Omit<TextFieldProps, 'type' | 'autoComplete' | 'min' | 'max'> & {
  rows?: number
  /** Shown with letters of one width: it is code. */
  isExact?: boolean
}) {
  return (
    <AriaTextField {...props} className={styles.field}>
      <FieldLabel isOptional={!props.isRequired && !props.isReadOnly}>{label}</FieldLabel>
      <AriaTextArea
        className={`${styles.input} ${isExact ? styles.exact : ''}`}
        rows={rows}
        placeholder={placeholder}
        spellCheck={!isExact}
      />
      <FieldHelp>{help}</FieldHelp>
      <FieldProblem />
    </AriaTextField>
  )
}

/** A secret: never shown, and not offered to be kept by the browser. */
export function SecretField(props: Omit<TextFieldProps, 'type' | 'autoComplete'>) {
  return <TextField {...props} type="password" autoComplete="off" />
}

export function FieldLabel({ children, isOptional = false }: { children: ReactNode; isOptional?: boolean }) {
  const { t } = useTranslation()
  return (
    <Label className={styles.label}>
      {children}
      {isOptional && <span className={styles.optional}> {t('ui.optional')}</span>}
    </Label>
  )
}

export function FieldHelp({ children }: { children: ReactNode }) {
  if (!children) return null
  return (
    <Text slot="description" className={styles.help}>
      {children}
    </Text>
  )
}

/**
 * What is wrong with the field: what the browser can tell by itself, in our words, or what the API said of it. When it is put right its
 * place stays: a button below would move away from under the very press that left the field.
 */
export function FieldProblem() {
  const { t } = useTranslation()
  const validation = useContext(FieldErrorContext)
  const [last, setLast] = useState('')
  const words = !validation?.isInvalid
    ? ''
    : validation.validationDetails.valueMissing
      ? t('ui.needed')
      : validation.validationErrors.join(' ')
  if (words !== '' && words !== last) setLast(words)
  if (words !== '') return <FieldError className={styles.problem}>{words}</FieldError>
  return (
    last !== '' && (
      <span className={styles.past} aria-hidden="true">
        {last}
      </span>
    )
  )
}
