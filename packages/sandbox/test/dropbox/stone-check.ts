import type { Definition, Field, Stone, TypeRef } from './stone.ts'

/** What is wrong with a value, one phrase per fault. */
type Faults = readonly string[]
type Fields = Readonly<Record<string, unknown>>

/**
 * Compares values with types. What the vendor's files that are at hand refer to but do not hold (`users_common`, `team_policies`,
 * `file_properties`) cannot be checked; its names are kept.
 */
export function createStoneCheck({ definitions }: Stone) {
  const unchecked = new Set<string>()

  const chain = (definition: Definition): Definition[] => {
    const base = definitions.get(definition.base ?? '')
    return [...(base ? chain(base) : []), definition]
  }
  const fieldsOf = (definition: Definition): Field[] => chain(definition).flatMap(({ fields }) => fields)
  const isNullable = ({ name, nullable }: TypeRef): boolean => {
    const target = definitions.get(name)?.target
    return nullable || (target !== undefined && isNullable(target))
  }

  function faultsOf(type: TypeRef, value: unknown, at = 'it'): Faults {
    if (value === null && isNullable(type)) return []
    if (type.name === 'List') {
      if (!Array.isArray(value)) return [`${at} is no list`]
      const few = value.length < Number(type.options.min_items ?? 0) ? [`${at} is too short`] : []
      return [...few, ...value.flatMap((one, index) => faultsOf(type.of!, one, `${at}[${index}]`))]
    }
    if (!type.name.includes('.')) {
      const fault = primitiveFault(type, value)
      return fault ? [`${at} ${fault}, but ${JSON.stringify(value)?.slice(0, 200)}`] : []
    }
    const definition = definitions.get(type.name)
    if (!definition) {
      unchecked.add(type.name)
      return []
    }
    if (definition.target) return faultsOf(definition.target, value, at)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no ${type.name}`]
    return definition.kind === 'union'
      ? unionFaults(definition, value as Fields, at)
      : structFaults(definition, value as Fields, at)
  }

  function structFaults(definition: Definition, value: Fields, at: string): Faults {
    if (definition.subtypes.length === 0) return fieldFaults(fieldsOf(definition), value, at)
    const tag = tagOf(value)
    const subtype = definition.subtypes.find(({ name }) => name === tag)
    if (!subtype) return [`${at} does not begin with a .tag of ${definition.name}`]
    return fieldFaults(fieldsOf(definitions.get(subtype.type.name)!), untagged(value), at)
  }

  function unionFaults(definition: Definition, value: Fields, at: string): Faults {
    const tag = tagOf(value)
    const all = chain(definition)
    const field = all.flatMap(({ fields }) => fields).find(({ name }) => name === tag)
    // A union that is not closed has one more tag.
    if (!field && tag === 'other' && all.some(({ isClosed }) => !isClosed)) return []
    if (!field) return [`${at} does not begin with a .tag of ${definition.name}`]
    if (field.type.name === 'Void') return fieldFaults([], untagged(value), at)
    const target = definitions.get(field.type.name)
    // The fields of a plain struct stand beside the tag; everything else stands under its name.
    const isPlain = target?.kind === 'struct' && target.subtypes.length === 0
    return fieldFaults(isPlain ? fieldsOf(target) : [field], untagged(value), at)
  }

  function fieldFaults(fields: readonly Field[], value: Fields, at: string): Faults {
    const known = new Set(fields.map(({ name }) => name))
    const unknown = Object.keys(value).filter((name) => !known.has(name))
    return [
      ...unknown.map((name) => `${at} has ${name}, which is unknown`),
      ...fields.flatMap(({ name, type, hasDefault }) => {
        if (value[name] !== undefined) return faultsOf(type, value[name], `${at}.${name}`)
        return hasDefault || isNullable(type) ? [] : [`${at} lacks ${name}`]
      }),
    ]
  }

  return { faultsOf, unchecked }
}

/** It comes first. https://www.dropbox.com/developers/documentation/http/documentation#formats */
function tagOf(value: Fields): unknown {
  return Object.keys(value)[0] === '.tag' ? value['.tag'] : undefined
}

function untagged({ '.tag': _, ...rest }: Fields): Fields {
  return rest
}

function primitiveFault({ name, options }: TypeRef, value: unknown): string | undefined {
  if (name === 'Void') return value === null ? undefined : 'must be null'
  if (name === 'Boolean') return typeof value === 'boolean' ? undefined : 'must be a boolean'
  if (/^U?Int/.test(name)) {
    const least = Number(options.min_value ?? (name.startsWith('U') ? 0 : Number.NEGATIVE_INFINITY))
    const most = Number(options.max_value ?? Number.POSITIVE_INFINITY)
    const isIn = Number.isInteger(value) && Number(value) >= least && Number(value) <= most
    return isIn ? undefined : `must be a whole number (${name})`
  }
  if (typeof value !== 'string') return `must be text (${name})`
  if (name === 'Timestamp') {
    const pattern = String(options.format).replace(/%[YmdHMS]/g, (part) => (part === '%Y' ? '\\d{4}' : '\\d{2}'))
    return new RegExp(`^${pattern}$`).test(value) ? undefined : `must be a time as ${options.format}`
  }
  if (value.length < Number(options.min_length ?? 0)) return 'must be longer'
  if (value.length > Number(options.max_length ?? Number.POSITIVE_INFINITY)) return 'must be shorter'
  const pattern = typeof options.pattern === 'string' ? options.pattern : '[^]*'
  return new RegExp(`^(?:${pattern})$`).test(value) ? undefined : `must match ${pattern}`
}
