/** @import { Connection, ConnectionOutcome, DataSource } from '@wellhead/client/schema' */
import { keep } from '../connections.js'
import { announce } from '../elements.js'
import { call } from '../http.js'
import { nameField, outside, secretField } from './fields.js'
import { openForm } from './form.js'
import { schemaFields, schemaValues, textOf } from './schema-form.js'

/** @param {DataSource} source @param {string} returnTo */
export function addApiKey(source, returnTo) {
  openForm({
    title: `Add API Key: ${source.name}`,
    returnTo,
    body: [
      nameField('', 'How this connection is called here. Left empty, it gets the name of the account.'),
      keyField(source),
      ...(source.settings_schema ? schemaFields(source.settings_schema, 'settings.') : []),
    ],
    sends: [
      {
        label: 'Save',
        busy: 'Checking the key …',
        async send(form) {
          const name = textOf(form, 'name')
          const settings = source.settings_schema ? schemaValues(source.settings_schema, 'settings.', form) : {}
          const connection = /** @type {ConnectionOutcome} */ (
            await call('POST', '/v1/connections', {
              data_source: source.id,
              api_key: textOf(form, 'api_key'),
              ...(name === '' ? {} : { name }),
              ...(Object.keys(settings).length === 0 ? {} : { settings }),
            })
          )
          keep(connection)
          announce(
            connection.settled
              ? `“${connection.name}” is connected.`
              : `“${connection.name}” is saved; ${source.name} has not answered yet. Its status follows.`,
          )
        },
      },
    ],
  })
}

/** @param {DataSource} source @param {Connection} connection @param {string} returnTo */
export function replaceKey(source, connection, returnTo) {
  openForm({
    title: `Replace the API key of “${connection.name}”`,
    returnTo,
    body: [
      keyField(source),
      ...(source.settings_schema ? schemaFields(source.settings_schema, 'settings.', connection.settings) : []),
    ],
    sends: [
      {
        label: 'Save',
        busy: 'Checking the key …',
        async send(form) {
          const outcome = /** @type {ConnectionOutcome} */ (
            await call('PATCH', `/v1/connections/${connection.id}`, {
              api_key: textOf(form, 'api_key'),
              ...(source.settings_schema ? { settings: schemaValues(source.settings_schema, 'settings.', form) } : {}),
            })
          )
          keep(outcome)
          if (outcome.settled && outcome.status === 'invalid')
            throw new KeyRefused(outcome.last_error?.message ?? `${source.name} refused this key.`)
        },
      },
    ],
  })
}

import { ProblemError } from '../http.js'

/** A refused new key is kept by the server, yet here it is an error of the field. */
class KeyRefused extends ProblemError {
  /** @param {string} message */
  constructor(message) {
    super({ code: 'credential_invalid', detail: message })
  }
}

/** @param {DataSource} source */
function keyField(source) {
  const method = source.auth_methods.find((one) => one.method === 'api_key')
  return secretField({
    label: 'API Key',
    name: 'api_key',
    placeholder: method?.placeholder ?? '',
    help: method
      ? [
          source.sandbox && `This is the sandbox, which takes its own sample keys and refuses real ones. `,
          `${method.label}. ${method.help} `,
          outside(method.key_url, 'Get a key'),
        ]
      : [],
  })
}
