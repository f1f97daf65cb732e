import type { Texts } from '../en.ts'

export const authorizations: Texts['authorizations'] = {
  opening: '正在打开 {{source}}…',
  statuses: {
    pending: '正在等待你在另一个窗口中允许访问 {{source}}。',
    exchanging: '{{source}} 已允许访问，正在完成连接…',
    expired: '这次授权超过了十分钟，没有建立连接。',
    cancelled: '你没有允许访问 {{source}}，没有建立连接。',
    failed: '无法建立连接。',
  },
  connected: '“{{name}}”已连接。',
  connectedAgain: '“{{name}}”已重新授权。',
  openAgain: '再次打开窗口',
  stop: '停止等待',
  tryAgain: '重试',
  dismiss: '知道了',
  list: '{{source}} 的授权尝试',
}
