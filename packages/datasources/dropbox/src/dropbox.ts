import { defineDataSource, oauth2 } from '@wellhead/datasource-node'
import { z } from 'zod'
import { createApi } from './api.ts'
import { changes } from './changes.ts'
import { download } from './download.ts'
import { isDeadToken, toError } from './errors.ts'
import { icon } from './icon.ts'
import { identify } from './identify.ts'
import { listFolder } from './list-folder.ts'

/** https://www.dropbox.com/developers/documentation/http/documentation */
function createDropbox() {
  const api = createApi()
  return defineDataSource({
    specVersion: 1,
    id: 'dropbox',
    kind: 'online_drive',
    name: 'Dropbox',
    description: 'Files and folders of a Dropbox account, team folders included.',
    icon,
    documentationUrl: 'https://www.dropbox.com/developers/documentation/http/documentation',
    aliases: ['dropbox_datasource', 'langgenius/dropbox_datasource'],
    endpoints: {
      api: 'https://api.dropboxapi.com/2',
      content: 'https://content.dropboxapi.com/2',
      authorize: 'https://www.dropbox.com/oauth2/authorize',
      token: 'https://api.dropboxapi.com/oauth2/token',
      revoke: 'https://api.dropboxapi.com/2/auth/token/revoke',
    },
    hosts: ({ endpoints }) => [endpoints.api, endpoints.content ?? endpoints.api],
    auth: [
      // https://developers.dropbox.com/oauth-guide
      oauth2({
        scopes: ['account_info.read', 'files.metadata.read', 'files.content.read'],
        consent: 'Wellhead may see the names of your files and folders, read the files, and see whose account it is.',
        registrationUrl: 'https://www.dropbox.com/developers/apps',
        clientAuth: 'post',
        // Without it there is no refresh token, and the connection is dead after four hours.
        authorizeParams: { token_access_type: 'offline' },
        rotation: 'keeps',
        // A refresh gives a further access token and leaves all others as they are.
        replay: { kind: 'safe' },
        // What `expires_in` says. A refresh token does not die of disuse, so there is no keep-alive.
        assumedLifetimeSeconds: 14_400,
        // Takes the access token in its header and nothing else; ends the refresh token behind it as well.
        revoke: { token: 'access_token', format: 'json', auth: 'bearer' },
        isUnauthorized: isDeadToken,
      }),
    ],
    // No rate is published. Identical calls at the same time are refused, and many at once slow each other down.
    pace: () => ({ parallel: 5 }),
    parameters: z.object({
      folder: z.string().trim().max(4096).optional().meta({
        title: 'Folder',
        description: 'A path such as /Reports/2026, or the id of a folder. Empty for everything at the top.',
      }),
    }),
    identify: (ctx, tokenInfo) => identify(api, ctx, tokenInfo),
    toError,
    listFolder: (ctx, input) => listFolder(api, ctx, input),
    download: (ctx, input) => download(api, ctx, input),
    changes: (ctx, input) => changes(api, ctx, input),
  })
}

export const dropbox = createDropbox()
