/** @import { DataSource, OAuthClient } from '@wellhead/client/schema' */
import { authorize, openWindow } from '../attempts.js'
import { announce, h } from '../elements.js'
import { call, ProblemError } from '../http.js'
import { changed, state } from '../state.js'
import { oauthOf } from './add-oauth.js'
import { copyable, field, outside, secretField } from './fields.js'
import { openForm } from './form.js'
import { textOf } from './schema-form.js'

/** The workspace's own OAuth client of a source. @param {DataSource} source @param {string} returnTo */
export async function openClientSettings(source, returnTo) {
  const method = oauthOf(source)
  if (!method) return
  const path = `/v1/data-sources/${source.id}/oauth-client`
  const custom = await /** @type {Promise<OAuthClient>} */ (call('GET', path)).catch((error) => {
    if (error instanceof ProblemError && error.code === 'oauth_client_not_found') return undefined
    announce(error.message)
    throw error
  })

  /** @param {HTMLFormElement} form */
  async function save(form) {
    const secret = textOf(form, 'client_secret')
    await call('PUT', path, {
      client_id: textOf(form, 'client_id'),
      ...(secret === '' ? {} : { client_secret: secret }),
    })
    await reloadSource(source.id)
    announce('The OAuth client is saved.')
  }

  openForm({
    title: `OAuth Client Settings: ${source.name}`,
    returnTo,
    body: [
      h(
        'p',
        {},
        custom
          ? 'Custom: this workspace uses its own OAuth client.'
          : method.default_client_offered
            ? 'Default: new connections use the OAuth client of this installation. Enter a custom one to use it instead.'
            : 'This installation has no default OAuth client. Enter a custom one.',
      ),
      h(
        'p',
        {},
        outside(method.registration_url, `Register an OAuth app at ${source.name}`),
        ', with exactly this redirect URI:',
      ),
      copyable('Redirect URI', method.redirect_uri),
      field({ label: 'Client ID', name: 'client_id', value: custom?.client_id ?? '', required: true }),
      secretField({
        label: 'Client Secret',
        name: 'client_secret',
        required: !custom,
        ...(custom ? { help: `The stored one ends in ${custom.secret_hint}. Left empty, it is kept.` } : {}),
      }),
    ],
    sends: [
      { label: 'Save', busy: 'Saving …', send: save },
      {
        label: 'Save and Authorize',
        busy: 'Saving …',
        prepare: () => openWindow(source.name),
        async send(form, prepared) {
          const opened = /** @type {Window | null} */ (prepared)
          try {
            await save(form)
          } catch (error) {
            opened?.close()
            throw error
          }
          await authorize(source, {}, opened)
        },
      },
      ...(custom
        ? [
            {
              label: 'Remove',
              busy: 'Removing …',
              look: /** @type {const} */ ('danger'),
              skipsCheck: true,
              async send() {
                await call('DELETE', path)
                await reloadSource(source.id)
                announce('The custom OAuth client is removed.')
              },
            },
          ]
        : []),
    ],
  })
}

/** @param {string} id */
async function reloadSource(id) {
  const source = /** @type {DataSource} */ (await call('GET', `/v1/data-sources/${id}`))
  state.dataSources = state.dataSources.map((one) => (one.id === id ? source : one))
  changed()
}
