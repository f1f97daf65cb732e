import { createContext, Script } from 'node:vm'
import { DataSourceError } from '@wellhead/datasource-node'

export interface PathPatterns {
  /** Which of the paths are wanted. @throws DataSourceError `invalid_request` when an expression takes too long */
  wanted(paths: readonly string[]): readonly boolean[]
}

/** Milliseconds for all links of one page. */
const PATIENCE_MS = 500

const script = new Script(`(() => {
  const matches = (list, path) => list.some((expression) => expression.test(path))
  return paths.map((path) => !matches(excluded, path) && (included.length === 0 || matches(included, path)))
})()`)
const compile = new Script('patterns.map((pattern) => new RegExp(pattern))')

/**
 * A member's expressions on a stranger's paths: one that backtracks without end must not stop the process, so they run in a context of their
 * own, where they can be broken off.
 */
export function createPathPatterns(include: readonly string[], exclude: readonly string[]): PathPatterns {
  if (include.length + exclude.length === 0) return { wanted: (paths) => paths.map(() => true) }
  const context = createContext(Object.create(null))
  const compiled = (patterns: readonly string[]) => {
    context.patterns = patterns
    return compile.runInContext(context)
  }
  context.included = compiled(include)
  context.excluded = compiled(exclude)
  return {
    wanted(paths) {
      context.paths = paths
      try {
        return Array.from(script.runInContext(context, { timeout: PATIENCE_MS }) as ArrayLike<boolean>)
      } catch {
        throw new DataSourceError('invalid_request', 'An expression in the paths of the crawl takes too long to match.')
      }
    },
  }
}
