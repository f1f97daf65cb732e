import { authorizations } from './routes/authorizations.ts'
import { connections } from './routes/connections.ts'
import { dataSources, oauthClients } from './routes/data-sources.ts'
import { health } from './routes/health.ts'
import { pipelines } from './routes/pipelines.ts'
import { documents, runs } from './routes/runs.ts'
import { audit, events, invitations, members, session, tokens } from './routes/workspace.ts'

/** The whole HTTP API, by noun and verb. */
export const routes = {
  dataSources,
  oauthClients,
  connections,
  authorizations,
  pipelines,
  runs,
  documents,
  events,
  audit,
  tokens,
  session,
  members,
  invitations,
  health,
}

export type Routes = typeof routes
