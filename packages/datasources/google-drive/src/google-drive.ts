import { defineDataSource, oauth2 } from '@wellhead/datasource-node'
import { z } from 'zod'
import { changes } from './changes.ts'
import { download } from './download.ts'
import { toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { listFolder } from './list-folder.ts'

/** https://developers.google.com/workspace/drive/api/reference/rest/v3 */
export const googleDrive = defineDataSource({
  specVersion: 1,
  id: 'google-drive',
  kind: 'online_drive',
  name: 'Google Drive',
  description: 'Files of My Drive, of shared drives, and what others have shared.',
  icon,
  documentationUrl: 'https://developers.google.com/workspace/drive/api/guides/about-sdk',
  aliases: ['google_drive', 'langgenius/google_drive'],
  endpoints: {
    api: 'https://www.googleapis.com/drive/v3',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    revoke: 'https://oauth2.googleapis.com/revoke',
    // Where the links of exports lead that are too large for the API.
    docs: 'https://docs.google.com',
  },
  hosts: ({ endpoints }) => [endpoints.api, ...(endpoints.docs === undefined ? [] : [endpoints.docs])],
  auth: [
    // https://developers.google.com/identity/protocols/oauth2/web-server
    oauth2({
      // Files can be browsed and read, nothing else. Whose they are is said by the API itself, without a further scope.
      scopes: ['https://www.googleapis.com/auth/drive.readonly'],
      consent: 'Wellhead may see and download your Google Drive files. It cannot change any.',
      registrationUrl: 'https://console.cloud.google.com/auth/clients',
      clientAuth: 'post',
      // Without `consent` a second authorization brings no refresh token; `select_account` lets a member add another account.
      // No `include_granted_scopes`: it would merge in what the account allowed earlier.
      authorizeParams: { access_type: 'offline', prompt: 'consent select_account' },
      issuer: 'https://accounts.google.com',
      rotation: 'keeps',
      replay: { kind: 'safe' },
      assumedLifetimeSeconds: 3599,
      // A refresh token dies after six months without use.
      keepAliveSeconds: 30 * 24 * 3600,
      // Ends the grant of the account for all clients of the Cloud project: see `grantKey`.
      revoke: { token: 'refresh_token', format: 'form', auth: 'none' },
      tokenErrors: {
        // The account's administrator blocks the app: only somebody there can lift it.
        admin_policy_enforced: 'revoked',
        // The client is gone or switched off in the console, or its consent screen is for another organization.
        deleted_client: 'client_misconfigured',
        disabled_client: 'client_misconfigured',
        org_internal: 'client_misconfigured',
        redirect_uri_mismatch: 'client_misconfigured',
        rate_limit_exceeded: 'rate_limited',
      },
    }),
  ],
  // Ten at once per user. A download costs 200 units of the 325,000 that a user has a minute: 27 a second.
  // https://developers.google.com/workspace/drive/api/guides/limits
  pace: () => ({ perSecond: 25, parallel: 10 }),
  parameters: z.object({
    folder: z.string().trim().min(1).max(1_000).optional().meta({
      title: 'Folder',
      description: 'The id of a folder, or of a shared drive. Empty for the top.',
    }),
  }),
  identify,
  toError,
  listFolder,
  download,
  changes,
})
