import type { Texts } from '../en.ts'

export const ui: Texts['ui'] = {
  cancel: '取消',
  clear: '清除',
  close: '关闭',
  copied: '已复制。',
  copy: '复制',
  copyByHand: '已选中，请用键盘复制。',
  dismiss: '知道了',
  done: '完成',
  needed: '此项必填。',
  newTab: '（在新标签页中打开）',
  notifications: '通知',
  optional: '（选填）',
  save: '保存',
  saving: '正在保存…',
  tryAgain: '重试',
}
