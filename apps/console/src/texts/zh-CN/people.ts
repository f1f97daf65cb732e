import type { Texts } from '../en.ts'

export const people: Texts['people'] = {
  title: '成员',
  password: {
    change: '修改密码',
    set: '设置密码',
    text: '你用 <email>{{email}}</email> 和它登录。其他地方的登录会全部退出。',
    current: '当前密码',
    new: '新密码',
    again: '再次输入新密码',
    length: '至少 {{min}} 个字符。',
    differ: '两次输入的密码不一致。',
    changed: '密码已修改。',
    isSet: '密码已设置。',
  },
}
