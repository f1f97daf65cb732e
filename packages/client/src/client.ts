import { type CallOptions, type ClientOptions, callRoute, type Input, type Output, type Parts, send } from './call.ts'
import { type AnyRoute, type DocumentLine, type Event, type Routes, routes } from './schema/index.ts'
import { type FollowOptions, followDocuments, followEvents, followRun } from './streams.ts'

/** Nothing to give: the input may be left out. */
type Call<Route extends AnyRoute> =
  Record<string, never> extends Input<Route>
    ? (input?: Input<Route>, options?: CallOptions) => Promise<Output<Route>>
    : (input: Input<Route>, options?: CallOptions) => Promise<Output<Route>>

type Calls<Noun> = { readonly [Verb in keyof Noun]: Noun[Verb] extends AnyRoute ? Call<Noun[Verb]> : never }

export interface Streams {
  readonly events: {
    /** See `followEvents`. */
    subscribe(options?: FollowOptions): AsyncGenerator<Event, void>
  }
  readonly runs: Omit<Calls<Routes['runs']>, 'events'> & {
    /** A run's events until the one that ends it, over lost connections. */
    events(runId: string, options?: FollowOptions): AsyncGenerator<Event, void>
    /** Its documents as they are read, then the finished run. */
    followDocuments(
      runId: string,
      options?: { readonly cursor?: string; readonly signal?: AbortSignal },
    ): AsyncGenerator<DocumentLine, void>
  }
  readonly pipelines: Omit<Calls<Routes['pipelines']>, 'document'> & {
    /** The document as it was imported: read `text()`; its `content-type` says whether it is YAML or JSON. */
    document(id: string, options?: CallOptions): Promise<Response>
  }
  readonly documents: {
    /** The content as the server streams it: read `body`. `range` as in RFC 9110, section 14.2: `bytes=0-499`. */
    content(id: string, options?: CallOptions & { readonly range?: string }): Promise<Response>
  }
}

export type Client = Omit<{ readonly [Noun in keyof Routes]: Calls<Routes[Noun]> }, keyof Streams> & Streams

/**
 * The typed client of the HTTP API: `client.connections.create({ body: { data_source: 'notion', api_key } })`.
 *
 * Every call rejects with a `ProblemError` when the API refuses. Answers are typed but not cut to the schema, so that a
 * newer server's further fields arrive.
 */
export function createClient(options: ClientOptions): Client {
  const calls = Object.fromEntries(
    Object.entries(routes).map(([noun, verbs]) => [
      noun,
      Object.fromEntries(
        Object.entries(verbs).map(([verb, route]) => [
          verb,
          (parts: Parts = {}, call: CallOptions = {}) => callRoute(options, route, parts, call),
        ]),
      ),
    ]),
  ) as unknown as Pick<{ [Noun in keyof Routes]: Calls<Routes[Noun]> }, 'runs' | 'pipelines'>
  const streams: Streams = {
    events: { subscribe: (follow = {}) => followEvents(options, follow) },
    runs: {
      ...calls.runs,
      events: (runId, follow = {}) => followRun(options, runId, follow),
      followDocuments: (runId, follow = {}) => followDocuments(options, runId, follow),
    },
    pipelines: {
      ...calls.pipelines,
      document: (id, { signal } = {}) =>
        send(options, routes.pipelines.document, { params: { id } }, { headers: { accept: '*/*' }, signal }),
    },
    documents: {
      content: (id, { range, signal } = {}) =>
        send(
          options,
          routes.documents.content,
          { params: { id } },
          { headers: { accept: '*/*', ...(range ? { range } : {}) }, signal },
        ),
    },
  }
  return { ...calls, ...streams } as unknown as Client
}
