import type { Texts } from '../en.ts'

export const signIn: Texts['signIn'] = {
  title: '登录',
  email: '电子邮箱',
  password: '密码',
  action: '登录',
  busy: '正在登录…',
  wrong: '邮箱与密码不匹配。',
  tooMany: '尝试次数过多，请一分钟后再试。',
  failed: 'Wellhead 返回状态 {{status}}，请重试。',
  away: 'Wellhead 没有响应，它还在运行吗？',
  noPassword: '还没有密码？<code>wellhead start</code> 会输出一个一次性登录链接。如果有人邀请了你，请打开邀请链接。',
  ended: '会话已结束，请重新登录。',
}
