import type { Texts } from './en.ts'
import { app } from './zh-CN/app.ts'
import { authorizations } from './zh-CN/authorizations.ts'
import { codes, faults } from './zh-CN/codes.ts'
import { connectionPage } from './zh-CN/connection-page.ts'
import { connections } from './zh-CN/connections.ts'
import { dataSources } from './zh-CN/data-sources.ts'
import { health } from './zh-CN/health.ts'
import { people } from './zh-CN/people.ts'
import { pipelines } from './zh-CN/pipelines.ts'
import { problems } from './zh-CN/problems.ts'
import { runs } from './zh-CN/runs.ts'
import { signIn } from './zh-CN/sign-in.ts'
import { tokens } from './zh-CN/tokens.ts'
import { ui } from './zh-CN/ui.ts'

export const zhCN: Texts & { codes: typeof codes; faults: typeof faults } = {
  app,
  authorizations,
  connectionPage,
  codes,
  faults,
  connections,
  dataSources,
  health,
  people,
  pipelines,
  problems,
  runs,
  signIn,
  tokens,
  ui,
}
