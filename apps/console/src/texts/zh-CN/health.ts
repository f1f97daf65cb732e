import type { Texts } from '../en.ts'

export const health: Texts['health'] = {
  title: '运行状况',
}
