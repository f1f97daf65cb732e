import type { Texts } from '../en.ts'

export const app: Texts['app'] = {
  name: 'Wellhead',
  skip: '跳到正文',
  nav: {
    label: '主导航',
    pipelines: '流水线',
    settings: '设置',
    health: '运行状况',
  },
  settings: {
    label: '设置',
    dataSources: '数据源',
    members: '成员',
    tokens: 'API 令牌',
  },
  workspace: '工作区',
  switchWorkspace: '工作区 {{name}}。切换到其他工作区',
  menu: {
    label: '你的账户：{{name}}',
    dataSources: '数据源',
    members: '成员',
    tokens: 'API 令牌',
    password: '修改密码',
    setPassword: '设置密码',
    theme: '外观',
    language: '语言',
    signOut: '退出登录',
  },
  themes: { system: '跟随系统', light: '浅色', dark: '深色' },
  roles: { owner: '所有者', editor: '编辑者', member: '成员' },
  live: {
    lost: 'Wellhead 没有响应。页面内容可能已过时，正在重试。',
    back: 'Wellhead 恢复响应。',
  },
  once: {
    text: '你通过一次性链接登录。设置密码后，就可以用 <email>{{email}}</email> 再次登录。',
    action: '设置密码',
  },
  notFound: {
    title: '这个地址没有内容',
    text: '链接可能已失效，或者不完整。',
    action: '前往数据源',
  },
  crashed: {
    title: '出了点问题',
    text: '页面本身出现错误，重新加载通常可以解决。',
    action: '重新加载',
  },
  unreachable: '出了点问题',
  loading: '正在加载',
}
