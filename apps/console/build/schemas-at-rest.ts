/**
 * Stands in for zod while the page is built. The schemas of the HTTP contract type the page's calls and never run in it: what is sent is
 * validated by the API. Without the library the first load is a tenth smaller; and zod compiles its schemas by `new Function`, which the
 * page's Content-Security-Policy refuses.
 */
const wouldRun = new Set(['parse', 'safeParse', 'parseAsync', 'safeParseAsync', 'encode', 'decode'])

/** Whatever is done with it gives itself again, until it is asked to validate. */
const schema: unknown = new Proxy(() => {}, {
  get(_target, name) {
    // A promise would be followed, and a primitive taken of it.
    if (typeof name === 'symbol' || name === 'then') return undefined
    if (wouldRun.has(name)) throw new Error('Schemas do not run in the page: let the API validate.')
    return schema
  },
  apply: () => schema,
})

export const z = schema
