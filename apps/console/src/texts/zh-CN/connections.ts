import type { Texts } from '../en.ts'

export const connections: Texts['connections'] = {
  title: '连接',
}
