import type { PipelineVariable } from '@wellhead/client'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../../ui/choice.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Select } from '../../ui/select.tsx'

const PREFIX = 'variables.'

/** Asks for a variable as its document says. */
export function VariableField({ variable }: { variable: PipelineVariable }) {
  const { t } = useTranslation()
  const { type, default: preset, unit, options } = variable
  const label = unit ? t('pipelines.panel.run.withUnit', { label: variable.label, unit }) : variable.label
  const help = variable.help ?? undefined
  const field = {
    name: `${PREFIX}${variable.name}`,
    label,
    help,
    isRequired: variable.required,
    placeholder: variable.placeholder ?? undefined,
    defaultValue: preset === null || preset === undefined ? '' : String(preset),
    maxLength: variable.max_length ?? undefined,
  }
  switch (type) {
    case 'text':
      return <TextField {...field} />
    case 'paragraph':
      return <TextArea {...field} rows={2} />
    case 'number':
      return <TextField {...field} type="number" maxLength={undefined} />
    case 'checkbox':
      return (
        <Checkbox name={field.name} help={help} defaultSelected={field.defaultValue === 'true'}>
          {label}
        </Checkbox>
      )
    case 'select':
      return (
        <Select
          name={field.name}
          label={label}
          help={help}
          isRequired={variable.required}
          options={options.map((option) => ({ value: option, label: option }))}
          placeholder={variable.placeholder ?? t('pipelines.panel.run.choose')}
          {...(options.includes(field.defaultValue) ? { defaultValue: field.defaultValue } : {})}
        />
      )
    case 'file':
    case 'file_list':
      return <Notice>{t('pipelines.panel.run.files', { label })}</Notice>
  }
}

/** What was entered. What is left empty is left out, so that the document's own holds. */
export function variableValues(variables: readonly PipelineVariable[], form: FormData): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, type } of variables) {
    const entered = form.get(`${PREFIX}${name}`)
    if (type === 'checkbox') values[name] = entered !== null
    else if (typeof entered === 'string' && entered.trim() !== '')
      values[name] = type === 'number' ? Number(entered) : entered
  }
  return values
}
