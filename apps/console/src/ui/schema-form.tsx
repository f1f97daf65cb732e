/** Fields from a JSON Schema, as a data source gives it for its settings and parameters: one level, plain values. */
import { Checkbox } from './choice.tsx'
import { TextField } from './field.tsx'
import { Select } from './select.tsx'

interface Property {
  title?: string
  description?: string
  type?: string | readonly string[]
  format?: string
  enum?: readonly unknown[]
  anyOf?: readonly Property[]
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
}

interface Schema {
  properties?: Readonly<Record<string, Property>>
  required?: readonly string[]
}

type Values = Readonly<Record<string, unknown>>

export function SchemaFields({
  schema,
  prefix,
  values = {},
}: {
  schema: Values
  /** Of the fields' names, such as `settings.`: as the API names them in a problem. */
  prefix: string
  values?: Values
}) {
  const { properties = {}, required = [] } = schema as Schema
  return Object.entries(properties).map(([name, property]) => (
    <SchemaField
      key={name}
      name={`${prefix}${name}`}
      label={property.title ?? name}
      property={property}
      isRequired={required.includes(name)}
      value={values[name] ?? property.default}
    />
  ))
}

function SchemaField(props: { name: string; label: string; property: Property; isRequired: boolean; value: unknown }) {
  const { name, label, property, isRequired, value } = props
  const help = property.description
  const options = optionsOf(property)
  if (options)
    return (
      <Select
        name={name}
        label={label}
        help={help}
        isRequired={isRequired}
        options={options.map((option) => ({ value: option, label: option }))}
        {...(typeof value === 'string' ? { defaultValue: value } : {})}
      />
    )
  const type = typeOf(property)
  if (type === undefined) return null
  if (type === 'boolean')
    return (
      <Checkbox name={name} help={help} defaultSelected={value === true}>
        {label}
      </Checkbox>
    )
  return (
    <TextField
      name={name}
      label={label}
      help={help}
      isRequired={isRequired}
      type={type === 'number' ? 'number' : property.format === 'uri' ? 'url' : 'text'}
      defaultValue={value === undefined ? '' : String(value)}
      min={property.minimum}
      max={property.maximum}
      maxLength={property.maxLength}
    />
  )
}

/** What was entered. An empty field is left out. */
export function schemaValues(schema: Values, prefix: string, form: FormData): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries((schema as Schema).properties ?? {})) {
    const entered = form.get(`${prefix}${name}`)
    const type = optionsOf(property) ? 'string' : typeOf(property)
    if (type === 'boolean') values[name] = entered !== null
    else if (typeof entered === 'string' && entered.trim() !== '')
      values[name] = type === 'number' ? Number(entered) : entered.trim()
  }
  return values
}

/** Whether there is anything to enter. */
export function hasFields(schema: Values): boolean {
  return Object.values((schema as Schema).properties ?? {}).some(
    (property) => optionsOf(property) !== undefined || typeOf(property) !== undefined,
  )
}

function optionsOf(property: Property): readonly string[] | undefined {
  for (const one of [property, ...(property.anyOf ?? [])])
    if (one.enum?.every((option) => typeof option === 'string')) return one.enum as readonly string[]
  return undefined
}

/** What a plain field can give. */
function typeOf(property: Property): 'boolean' | 'number' | 'string' | undefined {
  for (const one of [property, ...(property.anyOf ?? [])])
    for (const type of [one.type].flat()) {
      if (type === 'boolean' || type === 'string') return type
      if (type === 'integer' || type === 'number') return 'number'
    }
  return undefined
}
