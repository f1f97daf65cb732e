/**
 * The example data source under another id, with other facts about its refresh tokens. Loaded by URL: the example is no
 * dependency of this package, it is what Wellhead is given as a plugin.
 */
const example = new URL('../../../examples/datasource-handbook/src/index.ts', import.meta.url).href

interface Example {
  readonly default: { readonly auth: readonly object[] }
}

/** What the server does with a refresh token that is sent again. */
type Replay =
  | { readonly kind: 'kills' }
  | { readonly kind: 'safe' }
  | { readonly kind: 'grace'; readonly graceSeconds: number }

export async function handbook(id: string, replay: Replay): Promise<object> {
  const { default: original } = (await import(example)) as Example
  return { ...original, id, name: id, auth: original.auth.map((spec) => ({ ...spec, replay })) }
}
