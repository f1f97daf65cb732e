import type { Texts } from '../en.ts'

export const dataSources: Texts['dataSources'] = {
  title: '数据源',
}
