import type { House, Provider } from '../provider.ts'

export function createFirecrawl(_house: House): Provider {
  return { id: 'firecrawl', routes() {}, endpoints: () => ({}), reset() {} }
}
