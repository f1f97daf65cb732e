import { z } from 'zod'
import { JinaError } from './errors.ts'

const flag = z
  .union([z.boolean(), z.string()])
  .transform((value) => value === true || (typeof value === 'string' && /^(true|1|yes)$/i.test(value.trim())))
const number = z.union([z.number(), z.string().regex(/^\s*\d+\s*$/)]).transform(Number)
const selectors = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat().join(', '))
const summary = z
  .union([z.boolean(), z.string()])
  .transform((value) => (value === 'all' ? 'all' : value === true || value === 'true' ? 'unique' : undefined))

const produced = ['content', 'markdown', 'html', 'text'] as const

/**
 * What a read may ask for, by the names that a JSON body uses; each is also a header. Those that steer a browser are accepted and change
 * nothing, as the sandbox has none; those that would need one to answer at all are refused.
 */
const optionsSchema = z.looseObject({
  url: z.string().optional(),
  html: z.string().optional(),
  respondWith: z.string().default('content'),
  targetSelector: selectors.optional(),
  removeSelector: selectors.optional(),
  withLinksSummary: summary.optional(),
  withImagesSummary: summary.optional(),
  retainImages: z.enum(['none', 'all', 'alt', 'all_p', 'alt_p']).default('all'),
  noCache: flag.default(false),
  cacheTolerance: number.optional(),
  /** Seconds. */
  timeout: number.pipe(z.number().min(1).max(180)).default(30),
  tokenBudget: number.optional(),
  maxTokens: number.pipe(z.number().min(500)).optional(),
  userAgent: z.string().optional(),
  doNotTrack: flag.default(false),
})
export type ReadOptions = z.infer<typeof optionsSchema> & { respondWith: (typeof produced)[number] }

const headerNames: Readonly<Record<string, string>> = {
  'x-return-format': 'respondWith',
  'x-respond-with': 'respondWith',
  'x-target-selector': 'targetSelector',
  'x-remove-selector': 'removeSelector',
  'x-with-links-summary': 'withLinksSummary',
  'x-with-images-summary': 'withImagesSummary',
  'x-retain-images': 'retainImages',
  'x-no-cache': 'noCache',
  'x-cache-tolerance': 'cacheTolerance',
  'x-timeout': 'timeout',
  'x-token-budget': 'tokenBudget',
  'x-max-tokens': 'maxTokens',
  'x-user-agent': 'userAgent',
  dnt: 'doNotTrack',
}

/** Headers and body together; the body's word counts. Throws 400. */
export function readOptions(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Readonly<Record<string, unknown>>,
): ReadOptions {
  const given: Record<string, unknown> = {}
  for (const [header, name] of Object.entries(headerNames)) {
    const value = headers[header]
    if (value !== undefined) given[name] = [value].flat().join(', ')
  }
  const parsed = optionsSchema.safeParse({ ...given, ...body })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new JinaError('ParamValidationError', `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { respondWith } = parsed.data
  const format = produced.find((name) => name === respondWith)
  if (format === undefined)
    throw new JinaError('ParamValidationError', `respondWith: the sandbox cannot make "${respondWith}"`)
  for (const name of ['pdf', 'file'])
    if (name in body) throw new JinaError('ParamValidationError', `${name}: the sandbox reads web pages alone`)
  return { ...parsed.data, respondWith: format }
}

/** The target: an absolute http(s) URL, https when it has no scheme. Throws 400. */
export function targetUrl(text: string | undefined): URL {
  const trimmed = text?.trim() ?? ''
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`)
  if (trimmed === '' || url === null || !/^https?:$/.test(url.protocol))
    throw new JinaError('ParamValidationError', 'url: Invalid URL')
  return url
}
