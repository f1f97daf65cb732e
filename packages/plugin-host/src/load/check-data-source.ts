import type { DataSource, DataSourceKind } from '@wellhead/datasource-node'
import { z } from 'zod'

/**
 * The contract as a schema: by structure alone, as a plugin may bring its own copies of the contract and of zod. Unknown
 * fields are left alone.
 */

const text = z.string().trim().min(1)
const httpUrl = z.string().refine(isHttpUrl, 'must be an absolute http(s) URL without user name and password')
const method = z.custom<unknown>((value) => typeof value === 'function', 'must be a function')
const optionalMethod = method.optional()

/** A `z.object` of zod 4, of whichever copy. */
const objectSchema = z.custom<unknown>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { safeParse?: unknown }).safeParse === 'function' &&
    (value as { _zod?: { def?: { type?: unknown } } })._zod?.def?.type === 'object',
  'must be a z.object of zod 4',
)

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header')
const placement = z.looseObject({ header: headerName, scheme: z.string() })

const apiKeySpec = z.looseObject({
  method: z.literal('api_key'),
  label: text,
  help: text,
  keyUrl: httpUrl,
  placeholder: z.string(),
  placement,
})

const positive = z.number().positive()
const strings = z.record(z.string(), z.string())

const oauth2Spec = z.looseObject({
  method: z.literal('oauth2'),
  scopes: z.array(text),
  scopeDelimiter: z.string().min(1),
  consent: text,
  registrationUrl: httpUrl,
  clientAuth: z.enum(['basic', 'post']),
  tokenRequestFormat: z.enum(['form', 'json']),
  tokenRequestHeaders: strings,
  authorizeParams: strings,
  pkce: z.boolean(),
  issuer: z.string().optional(),
  issuerRequired: z.boolean().optional(),
  rotation: z.enum(['rotates', 'keeps']),
  replay: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('safe') }),
    z.looseObject({ kind: z.literal('grace'), graceSeconds: positive }),
    z.looseObject({ kind: z.literal('kills') }),
    z.looseObject({ kind: z.literal('unknown') }),
  ]),
  assumedLifetimeSeconds: positive.optional(),
  keepAliveSeconds: positive.optional(),
  placement,
  revoke: z
    .looseObject({
      token: z.enum(['access_token', 'refresh_token']),
      format: z.enum(['form', 'json']),
      auth: z.enum(['client', 'bearer', 'none']),
    })
    .optional(),
  introspect: z.looseObject({ format: z.enum(['form', 'json']) }).optional(),
  tokenErrors: z.record(z.string(), z.enum(['revoked', 'client_misconfigured', 'rate_limited', 'provider_down'])),
  notProcessedStatuses: z.array(z.int().min(100).max(599)),
  isGranted: method,
  isUnauthorized: method,
})

const facts = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
  name: text,
  description: text,
  icon: z.string().regex(/^\s*(<svg|<\?xml|data:)/i, 'must be SVG markup or a data: URL'),
  documentationUrl: httpUrl,
  endpoints: z.looseObject({ api: httpUrl }).catchall(httpUrl.optional()),
  hosts: optionalMethod,
  auth: z
    .array(z.discriminatedUnion('method', [apiKeySpec, oauth2Spec]))
    .min(1, 'must name at least one way to authenticate'),
  pace: optionalMethod,
  settings: objectSchema.optional(),
  parameters: objectSchema,
  aliases: z.array(text).optional(),
  parameterAliases: z.record(z.string(), text).optional(),
  identify: method,
  toError: method,
})

const byKind: Readonly<Record<DataSourceKind, z.ZodObject>> = {
  online_document: z.looseObject({ listPages: method, readPage: method }),
  online_drive: z.looseObject({ listFolder: method, download: method, changes: optionalMethod }),
  website_crawl: z.looseObject({ crawl: method, cancelCrawl: optionalMethod }),
}

const kindSchema = z.looseObject({ kind: z.enum(['online_document', 'online_drive', 'website_crawl']) })

/** What is wrong with it, one phrase per fault; none when it keeps the contract. Does not look at `specVersion`. */
export function checkDataSource(value: unknown): readonly string[] {
  const kind = kindSchema.safeParse(value)
  const results = [facts.safeParse(value), kind, ...(kind.success ? [byKind[kind.data.kind].safeParse(value)] : [])]
  const faults = results.flatMap((result) => result.error?.issues.map(phrase) ?? [])
  return faults.length > 0 ? faults : [...checkAuth(value as DataSource), ...checkParameterAliases(value as DataSource)]
}

/** What one field says of another. */
function checkAuth({ auth, endpoints }: DataSource): readonly string[] {
  const faults: string[] = []
  if (new Set(auth.map((spec) => spec.method)).size < auth.length) faults.push('auth: names one method twice')
  for (const spec of auth) {
    if (spec.method !== 'oauth2') continue
    const needed = [
      'authorize',
      'token',
      ...(spec.revoke ? ['revoke'] : []),
      ...(spec.introspect ? ['introspect'] : []),
    ]
    for (const name of needed) {
      if (endpoints[name] === undefined) faults.push(`endpoints.${name}: is needed by the oauth2 spec`)
    }
  }
  return faults
}

function checkParameterAliases({ parameters, parameterAliases = {} }: DataSource): readonly string[] {
  return Object.entries(parameterAliases)
    .filter(([, name]) => !Object.hasOwn(parameters.shape, name))
    .map(([alias, name]) => `parameterAliases.${alias}: there is no parameter ${name}`)
}

export function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
}

function phrase(issue: z.core.$ZodIssue): string {
  return `${issue.path.map(String).join('.') || 'it'}: ${issue.message}`
}
