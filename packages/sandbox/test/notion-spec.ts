import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const root = join(import.meta.dirname, '../../..')
const file = join(process.env.WELLHEAD_SPECS ?? join(root, '../shared/specs'), 'notion-openapi.json')

/** Whether the vendor's OpenAPI file is at hand: in WELLHEAD_SPECS, or in ../shared/specs beside the repository. */
export const hasNotionSpec = existsSync(file)

interface Operation {
  readonly parameters?: readonly {
    readonly $ref?: string
    readonly name?: string
    readonly in?: string
    readonly schema?: object
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >
}

interface Exchange {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly requestBody?: unknown
  /** The request is not what the spec has: invalid on purpose, or newer than it. Its answer is checked all the same. */
  readonly outsideSpec?: boolean
  readonly status: number
  readonly responseBody: unknown
}

export interface NotionSpec {
  readonly paths: readonly string[]
  /** Throws when an exchange is not as the spec has it; answers with the path of the spec, or undefined where it has none. */
  check(exchange: Exchange): string | undefined
}

export function loadNotionSpec(): NotionSpec | undefined {
  if (!hasNotionSpec) return undefined
  const spec = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, Operation>>
    components: { parameters: Record<string, { name: string; in: string; schema: object }> }
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: false })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'notion', ...spec })
  const resolved = (schema: object) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"notion#/components/')) as object
  const must = (schema: object, value: unknown, what: string) => {
    const validate = ajv.compile(resolved(schema))
    if (!validate(value)) throw new Error(`${what} is not as the spec has it: ${ajv.errorsText(validate.errors)}`)
  }

  return {
    paths: Object.keys(spec.paths),
    check({ method, path, requestBody, outsideSpec, status, responseBody }) {
      const [bare = '', query = ''] = path.split('?')
      const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare)
      // `/users/me` before `/users/{user_id}`.
      const template = Object.keys(spec.paths)
        .filter(matches)
        .sort((a, b) => a.split('{').length - b.split('{').length)[0]
      const operation = template ? spec.paths[template]?.[method.toLowerCase()] : undefined
      if (!template || !operation) return undefined
      const label = `${method} ${template}`
      if (!outsideSpec) {
        const body = operation.requestBody?.content['application/json']
        if (body) must(body.schema, requestBody ?? {}, `The request of ${label}`)
        else if (requestBody !== undefined) throw new Error(`${label} takes no body`)
        const known = (operation.parameters ?? []).map((parameter) =>
          parameter.$ref ? spec.components.parameters[parameter.$ref.split('/').at(-1)!]! : parameter,
        )
        for (const name of new Set(new URLSearchParams(query).keys())) {
          const parameter = known.find((each) => each.in === 'query' && each.name === name)
          if (!parameter) throw new Error(`${label} knows no query parameter ${name}`)
          const all = new URLSearchParams(query).getAll(name)
          const type = (parameter.schema as { type?: string } | undefined)?.type
          must(parameter.schema ?? {}, typed(type, all), `${name} of ${label}`)
        }
      }
      const answer = operation.responses[String(status)]?.content?.['application/json']?.schema
      if (answer) must(answer, responseBody, `The answer ${status} of ${label}`)
      return template
    },
  }
}

function typed(type: string | undefined, values: readonly string[]): unknown {
  if (type === 'array') return values
  const [value] = values
  return type === 'integer' ? Number(value) : type === 'boolean' ? value === 'true' : value
}
