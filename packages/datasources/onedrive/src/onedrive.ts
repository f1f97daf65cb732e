import { defineDataSource, oauth2 } from '@wellhead/datasource-node'
import { z } from 'zod'
import { changes } from './changes.ts'
import { download } from './download.ts'
import { toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { listFolder } from './list-folder.ts'
import { isGranted, scopes } from './scopes.ts'

const day = 24 * 3600

/** https://learn.microsoft.com/graph/api/resources/onedrive */
export const onedrive = defineDataSource({
  specVersion: 1,
  id: 'onedrive',
  kind: 'online_drive',
  name: 'OneDrive',
  description: 'Files and folders of a OneDrive, at work or personal.',
  icon,
  documentationUrl: 'https://learn.microsoft.com/graph/onedrive-concept-overview',
  aliases: ['onedrive_datasource', 'langgenius/onedrive_datasource'],
  endpoints: {
    api: 'https://graph.microsoft.com/v1.0',
    // `common` lets in work and personal accounts; an operator puts a tenant's id in its place in both.
    authorize: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
    token: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
  },
  auth: [
    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
    oauth2({
      scopes,
      isGranted,
      consent: 'Wellhead may read the files that you can see in OneDrive, and your name and e-mail address.',
      registrationUrl: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade',
      clientAuth: 'post',
      authorizeParams: { prompt: 'select_account', response_mode: 'query' },
      // A refresh gives a new refresh token and leaves the old one good.
      // https://learn.microsoft.com/entra/identity-platform/refresh-tokens
      rotation: 'rotates',
      replay: { kind: 'safe' },
      // One that is not used for 90 days dies.
      keepAliveSeconds: 30 * day,
      // The least that is given, of 60 to 90 minutes.
      assumedLifetimeSeconds: 3600,
      // The platform has no revoke endpoint. /me/revokeSignInSessions would sign the person out everywhere, and needs a larger permission.
      tokenErrors: {
        interaction_required: 'revoked',
        consent_required: 'revoked',
        temporarily_unavailable: 'provider_down',
        server_error: 'provider_down',
      },
    }),
  ],
  // Throttling counts by app and user; the host pauses all requests of a connection on a 429.
  pace: () => ({ parallel: 4 }),
  parameters: z.object({
    folder: z.string().trim().max(600).optional().meta({
      title: 'Folder',
      description: 'The id of a folder, as a listing gives it. Empty for the top.',
    }),
  }),
  identify,
  toError,
  listFolder,
  download,
  changes,
})
