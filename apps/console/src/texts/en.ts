import { app } from './en/app.ts'
import { authorizations } from './en/authorizations.ts'
import { connectionPage } from './en/connection-page.ts'
import { connections } from './en/connections.ts'
import { dataSources } from './en/data-sources.ts'
import { health } from './en/health.ts'
import { people } from './en/people.ts'
import { pipelines } from './en/pipelines.ts'
import { problems } from './en/problems.ts'
import { runs } from './en/runs.ts'
import { signIn } from './en/sign-in.ts'
import { tokens } from './en/tokens.ts'
import { ui } from './en/ui.ts'

/** The texts of the page, by room. Another language has the same keys: see `Texts`. */
export const en = {
  app,
  authorizations,
  connectionPage,
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

/**
 * The same keys with another language's texts; a missing one is an error of types. A plural form that the language may do
 * without (`_one`) may be left out.
 */
export type TextsOf<English> = {
  readonly [Key in keyof English as Key extends `${string}_one` ? never : Key]: English[Key] extends string
    ? string
    : TextsOf<English[Key]>
} & { readonly [Key in keyof English as Key extends `${string}_one` ? Key : never]?: string }

export type Texts = TextsOf<typeof en>
