import type { Texts } from '../en.ts'

export const authorizations: Texts['authorizations'] = {
  title: 'authorizations',
}
