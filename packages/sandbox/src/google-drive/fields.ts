import { invalidParameter } from './errors.ts'

/** The fields that a resource can have; `true`: whatever is inside is given whole. */
export type Shape = true | { readonly [field: string]: Shape }

/** A parsed `fields` parameter; `undefined` for the whole of a field. */
type Selection = Map<string, Selection | undefined>

/**
 * Gives of a resource what `fields` asks for, and its usual few fields without one:
 * https://developers.google.com/workspace/drive/api/guides/fields-parameter. Values that nobody asked for are never read; one may be
 * a promise.
 */
export function partialResponse(
  resource: object,
  shape: Shape,
  fields: string | undefined,
  usual: string,
): Promise<unknown> {
  return select(resource, parseFields(fields ?? usual), shape)
}

async function select(value: unknown, selection: Selection | undefined, shape: Shape): Promise<unknown> {
  if (Array.isArray(value)) {
    // A field that does not exist is refused in an empty list as well.
    if (value.length === 0) await select({}, selection, shape)
    return Promise.all(value.map((one) => select(one, selection, shape)))
  }
  if (typeof value !== 'object' || value === null) return value
  const source = value as Readonly<Record<string, unknown>>
  const picked: Record<string, unknown> = {}
  for (const [name, below] of selection ?? everything)
    for (const each of name === '*' ? Object.keys(source) : [name]) await add(each, below)
  return picked

  async function add(name: string, below: Selection | undefined): Promise<void> {
    const within = inside(shape, name)
    const one = await source[name]
    // Nothing is null: what an item does not have is left out.
    if (one !== undefined && one !== null) picked[name] = await select(one, below, within)
    // It must be of the resource all the same.
    else if (below && within !== true) await select({}, below, within)
  }
}

const everything: Selection = new Map([['*', undefined]])

function inside(shape: Shape, name: string): Shape {
  if (shape === true) return true
  const found = Object.hasOwn(shape, name) ? shape[name] : undefined
  if (found === undefined) throw invalidParameter('fields', `Invalid field selection ${name}`)
  return found
}

/** `a,b(c,d/e),f/*`. Blanks are ignored. */
function parseFields(fields: string): Selection {
  const text = fields.replace(/\s+/g, '')
  let at = 0
  const wrong = () => invalidParameter('fields', `Invalid field selection ${fields}`)

  function list(): Selection {
    const selection: Selection = new Map()
    do item(selection)
    while (text[at] === ',' && ++at)
    return selection
  }

  function item(selection: Selection): void {
    const [name] = /^(?:[A-Za-z][\w-]*|\*)/.exec(text.slice(at)) ?? []
    if (!name) throw wrong()
    at += name.length
    let below: Selection | undefined
    if (text[at] === '/') {
      at++
      below = new Map()
      item(below)
    } else if (text[at] === '(') {
      at++
      below = list()
      if (text[at++] !== ')') throw wrong()
    }
    const known = selection.get(name)
    if (known && below) for (const [each, one] of below) known.set(each, one)
    else selection.set(name, selection.has(name) ? undefined : below)
  }

  // Measured: an empty selection gives an empty object.
  const selection: Selection = text === '' ? new Map() : list()
  if (at < text.length) throw wrong()
  return selection
}
