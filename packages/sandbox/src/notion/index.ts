import type { House, Provider } from '../provider.ts'

export function createNotion(_house: House): Provider {
  return { id: 'notion', routes() {}, endpoints: (origin) => ({ api: `${origin}/notion` }), reset() {} }
}
