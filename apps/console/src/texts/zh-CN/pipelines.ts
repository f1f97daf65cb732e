import type { Texts } from '../en.ts'

export const pipelines: Texts['pipelines'] = {
  title: '流水线',
}
