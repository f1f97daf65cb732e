import type { z } from 'zod'
import { problemOf } from './problem-error.ts'
import type { AnyRoute } from './schema/index.ts'

export interface ClientOptions {
  /** Where Wellhead is, such as `https://wellhead.example.org`. */
  readonly baseUrl: string
  /** An API token. Left out in the console, whose session is a cookie. */
  readonly token?: string
  readonly fetch?: typeof globalThis.fetch
}

type Part<Name extends 'params' | 'query' | 'body', Schema> = Schema extends z.ZodType
  ? Record<string, never> extends z.input<Schema>
    ? { readonly [Key in Name]?: z.input<Schema> }
    : { readonly [Key in Name]: z.input<Schema> }
  : unknown

type Field<Route, Name extends string> = Name extends keyof Route ? Route[Name] : undefined

export type Input<Route extends AnyRoute> = Part<'params', Field<Route, 'params'>> &
  Part<'query', Field<Route, 'query'>> &
  Part<'body', Field<Route, 'body'>>

type Successful<Route extends AnyRoute> = Route['responses'][Extract<keyof Route['responses'], 200 | 201 | 202 | 204>]

/** What a call resolves with: the body of a successful answer, or nothing. */
export type Output<Route extends AnyRoute> =
  Successful<Route> extends infer Answer
    ? Answer extends { schema: infer Schema extends z.ZodType }
      ? z.output<Schema>
      : undefined
    : never

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** The parts of a request as they are at run time, whatever the route. */
export interface Parts {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Sends one request; resolves with its successful answer. Rejects with a `ProblemError`, or with what `fetch` rejects with. */
export async function send(
  options: ClientOptions,
  route: AnyRoute,
  parts: Parts,
  init: { headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...init.headers }
  if (options.token) headers.authorization = `Bearer ${options.token}`
  const body = route.body ? JSON.stringify(parts.body ?? {}) : undefined
  if (body !== undefined) headers['content-type'] = 'application/json'
  const doFetch = options.fetch ?? globalThis.fetch
  const response = await doFetch(urlOf(options.baseUrl, route, parts), {
    method: route.method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(init.signal ? { signal: init.signal } : {}),
    // The token goes to the base URL alone.
    redirect: 'error',
    credentials: 'same-origin',
  })
  if (!response.ok && response.status !== 304) throw await problemOf(response)
  return response
}

export function urlOf(baseUrl: string, route: AnyRoute, parts: Parts): URL {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts.params?.[name])))
  const url = new URL(baseUrl.replace(/\/+$/, '') + path)
  for (const [name, value] of Object.entries(parts.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

export async function callRoute(
  options: ClientOptions,
  route: AnyRoute,
  parts: Parts,
  call: CallOptions,
): Promise<unknown> {
  const response = await send(options, route, parts, { signal: call.signal })
  if (response.status === 204) return undefined
  return response.json()
}
