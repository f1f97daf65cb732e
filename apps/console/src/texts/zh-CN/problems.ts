import type { Texts } from '../en.ts'

export const problems: Texts['problems'] = {
  unreachable: 'Wellhead 没有响应，它还在运行吗？',
  status: 'Wellhead 返回状态 {{status}}。',
  unknown: '出了点问题。',
}
