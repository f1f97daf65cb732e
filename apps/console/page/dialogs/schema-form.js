/** Fields from a JSON Schema, as a data source gives it for its settings and parameters: one level, plain values. */
import { field } from './fields.js'

/**
 * @typedef {object} Property
 * @property {string} [title]
 * @property {string} [description]
 * @property {string | readonly string[]} [type]
 * @property {string} [format]
 * @property {readonly unknown[]} [enum]
 * @property {readonly Property[]} [anyOf]
 * @property {unknown} [default]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [maxLength]
 */
/** @typedef {{ properties?: Readonly<Record<string, Property>>, required?: readonly string[] }} Schema */

/** @param {Property} property @returns {'boolean' | 'number' | 'string' | undefined} What a plain field can give. */
function typeOf(property) {
  for (const one of [property, ...(property.anyOf ?? [])])
    for (const type of [one.type].flat()) {
      if (type === 'boolean' || type === 'string') return type
      if (type === 'integer' || type === 'number') return 'number'
    }
  return undefined
}

/**
 * @param {Readonly<Record<string, unknown>>} schema
 * @param {string} prefix Of the fields' names, such as `settings.`
 * @param {Readonly<Record<string, unknown>>} [values]
 */
export function schemaFields(schema, prefix, values = {}) {
  const { properties = {}, required = [] } = /** @type {Schema} */ (schema)
  return Object.entries(properties).flatMap(([name, property]) => {
    const type = typeOf(property)
    if (type === undefined) return []
    const value = values[name] ?? property.default
    const isNeeded = required.includes(name)
    const input =
      type === 'boolean'
        ? { type: 'checkbox', more: { checked: value === true } }
        : {
            type: type === 'number' ? 'number' : property.format === 'uri' ? 'url' : 'text',
            value: value === undefined ? '' : String(value),
            more: { min: property.minimum, max: property.maximum, maxlength: property.maxLength },
          }
    return [
      field({
        label: property.title ?? name,
        name: `${prefix}${name}`,
        required: type !== 'boolean' && isNeeded,
        ...(property.description ? { help: property.description } : {}),
        ...input,
      }),
    ]
  })
}

/**
 * What was entered. An empty field is left out.
 *
 * @param {Readonly<Record<string, unknown>>} schema
 * @param {string} prefix
 * @param {HTMLFormElement} form
 */
export function schemaValues(schema, prefix, form) {
  const values = /** @type {Record<string, unknown>} */ ({})
  for (const [name, property] of Object.entries(/** @type {Schema} */ (schema).properties ?? {})) {
    const input = form.elements.namedItem(`${prefix}${name}`)
    if (!(input instanceof HTMLInputElement)) continue
    if (input.type === 'checkbox') values[name] = input.checked
    else if (input.value.trim() !== '')
      values[name] = typeOf(property) === 'number' ? Number(input.value) : input.value.trim()
  }
  return values
}

/** @param {HTMLFormElement} form @param {string} name */
export function textOf(form, name) {
  const input = form.elements.namedItem(name)
  return input && 'value' in input ? String(input.value).trim() : ''
}

/** As it was typed, blanks at its ends too: a password. @param {HTMLFormElement} form @param {string} name */
export function exactTextOf(form, name) {
  const input = form.elements.namedItem(name)
  return input && 'value' in input ? String(input.value) : ''
}
