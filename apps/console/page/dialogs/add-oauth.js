/** @import { Connection, DataSource } from '@wellhead/client/schema' */
import { authorize, openWindow } from '../attempts.js'
import { h } from '../elements.js'
import { mayConfigure } from '../state.js'
import { openDialog } from './dialog.js'
import { nameField } from './fields.js'
import { openForm } from './form.js'
import { openClientSettings } from './oauth-client.js'
import { textOf } from './schema-form.js'

/** @param {DataSource} source */
export const oauthOf = (source) => source.auth_methods.find((one) => one.method === 'oauth2')

/**
 * Shows what will be asked for, then sends the person on to the provider.
 *
 * @param {DataSource} source
 * @param {string} returnTo
 * @param {Connection} [again] The connection to authorize again
 */
export function addOAuth(source, returnTo, again) {
  const method = oauthOf(source)
  if (!method) return
  const title = again ? `Authorize “${again.name}” again` : `Add OAuth: ${source.name}`
  if (method.client === 'missing') {
    const dialog = openDialog({
      title,
      returnTo,
      body: [
        h(
          'p',
          {},
          `To connect by OAuth, ${source.name} must know Wellhead as an OAuth client, and none is set up yet.`,
        ),
        h(
          'footer',
          {},
          mayConfigure()
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'primary',
                  click() {
                    dialog.close()
                    openClientSettings(source, returnTo)
                  },
                },
                'OAuth Client Settings',
              )
            : h('p', {}, 'Ask an owner or editor of the workspace to set one up.'),
        ),
      ],
    })
    return
  }
  openForm({
    title,
    returnTo,
    body: [
      h('p', {}, `${source.name} will ask you to give Wellhead access. ${method.consent}`),
      method.scopes.length > 0 &&
        h(
          'div',
          {},
          h('p', {}, 'These permissions are asked for:'),
          h('ul', {}, ...method.scopes.map((scope) => h('li', {}, h('code', {}, scope)))),
        ),
      again
        ? h(
            'p',
            {},
            `Choose the same account${again.account ? ` (${again.account.name})` : ''}: another one is refused.`,
          )
        : nameField('', 'How this connection is called here. Left empty, it gets the name of the account.'),
      h(
        'p',
        { class: 'quiet' },
        `${method.client === 'custom' ? 'Uses the OAuth client of this workspace.' : 'Uses the default OAuth client.'} A window opens; when your browser blocks it, this page goes there itself.`,
      ),
    ],
    sends: [
      {
        label: `Continue to ${source.name}`,
        busy: `Opening ${source.name} …`,
        prepare: () => openWindow(source.name),
        async send(form, opened) {
          const name = textOf(form, 'name')
          await authorize(
            source,
            { ...(name === '' ? {} : { name }), ...(again ? { connection: again } : {}) },
            /** @type {Window | null} */ (opened),
          )
        },
      },
    ],
  })
}
