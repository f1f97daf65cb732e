import { type DataSourceContext, DataSourceError, type FetchInit, readJson } from '@wellhead/datasource-node'
import { z } from 'zod'

/** The connection's own server, without a slash at its end. */
export function baseUrlOf(settings: Readonly<Record<string, unknown>>): string | undefined {
  const { baseUrl } = settings
  return typeof baseUrl === 'string' && baseUrl !== '' ? baseUrl.replace(/\/+$/, '') : undefined
}

export const apiBase = (ctx: DataSourceContext): string => baseUrlOf(ctx.settings) ?? ctx.endpoint('api')

/** Asks for a path of the API, version 2. Every URL is built here: those in answers name other hosts behind a proxy. */
export async function ask<Schema extends z.ZodType>(
  ctx: DataSourceContext,
  path: string,
  schema: Schema,
  init?: FetchInit,
): Promise<z.infer<Schema>> {
  return readJson(await ctx.fetch(`${apiBase(ctx)}/v2${path}`, init), schema)
}

/** A job's id as a part of a path: one that is none must not change the path. */
export function jobPath(jobId: string): string {
  if (!/^[\w-]+$/.test(jobId)) throw new DataSourceError('invalid_response', 'Firecrawl gave an id that is none.')
  return `/crawl/${jobId}`
}

// Some sites say a thing twice; then it is an array.
const words = z
  .unknown()
  .optional()
  .transform((value) =>
    (Array.isArray(value) ? value : [value]).find((one): one is string => typeof one === 'string' && one !== ''),
  )

export const pageSchema = z.looseObject({
  markdown: z.string().nullish(),
  metadata: z
    .looseObject({
      title: words,
      description: words,
      language: words,
      contentType: words,
      sourceURL: words,
      url: words,
      error: words,
      statusCode: z.number().nullish().catch(undefined),
    })
    .nullish(),
})
export type FirecrawlPage = z.infer<typeof pageSchema>

export const scrapeSchema = z.looseObject({
  success: z.boolean().nullish(),
  error: z.string().nullish(),
  data: pageSchema.nullish(),
})

export const startedSchema = z.looseObject({ id: z.string().min(1) })

export const crawlSchema = z.looseObject({
  // Left open: `cancelled` is not in the documented list, yet the server says it.
  status: z.string(),
  total: z.int().nonnegative().nullish(),
  completed: z.int().nonnegative().nullish(),
  error: z.string().nullish(),
  next: z.string().nullish(),
  data: z.array(pageSchema).nullish(),
})

export const crawlErrorsSchema = z.looseObject({
  errors: z.array(z.looseObject({ url: z.string().nullish(), error: z.string().nullish() })).nullish(),
  robotsBlocked: z.array(z.string()).nullish(),
})
