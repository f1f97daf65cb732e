import type { House, Provider } from '../provider.ts'

export function createSite(_house: House): Provider {
  return { id: 'site', routes() {}, endpoints: () => ({}), reset() {} }
}
