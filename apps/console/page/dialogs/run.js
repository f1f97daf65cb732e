/** A small run on one connection: a listing or a crawl, with its progress, the first titles, and a way to stop it. */
/** @import { Connection, DataSource, Document, Run } from '@wellhead/client/schema' */
import { smallRuns } from '../connections.js'
import { announce, h } from '../elements.js'
import { call } from '../http.js'
import { onEvent } from '../live.js'
import { runStatuses } from '../words.js'
import { openDialog } from './dialog.js'
import { openForm } from './form.js'
import { schemaFields, schemaValues } from './schema-form.js'

const SHOWN = 20
const LOOK_MS = 2_000
const PREVIEW = 1_500

/** @param {DataSource} source @param {Connection} connection @param {string} returnTo */
export function openRun(source, connection, returnTo) {
  const operation = smallRuns[source.kind]
  const title = `Run ${source.name} with “${connection.name}”`
  openForm({
    title,
    returnTo,
    body: [
      h(
        'p',
        {},
        operation === 'crawl' ? 'Crawls a web site, as a pipeline would.' : 'Lists what this connection can see.',
      ),
      ...schemaFields(source.parameters_schema, 'parameters.'),
    ],
    sends: [
      {
        label: 'Run',
        busy: 'Starting …',
        async send(form) {
          const run = /** @type {Run} */ (
            await call('POST', '/v1/runs', {
              data_source: source.id,
              connection_id: connection.id,
              operation,
              parameters: schemaValues(source.parameters_schema, 'parameters.', form),
            })
          )
          showRun(run, title, returnTo)
        },
      },
    ],
  })
}

/** @param {Run} begun @param {string} title @param {string} returnTo */
function showRun(begun, title, returnTo) {
  let run = begun
  let last = 0
  let shown = 0
  let isLooking = false
  let isAsked = false
  const status = h('p', { role: 'status' })
  const bar = h('progress', { 'aria-label': 'Progress' })
  const trouble = h('p', { class: 'bad', role: 'alert' })
  const titles = h('ol', { class: 'titles' })
  const warnings = h('ul', { class: 'warn' })
  const cancel = h('button', { type: 'button', class: 'danger' }, 'Cancel the run')
  const close = h('button', { type: 'button', class: 'primary', autofocus: true, click: () => dialog.close() }, 'Close')
  const isOver = () => run.finished_at !== null

  cancel.addEventListener('click', async () => {
    cancel.setAttribute('aria-disabled', 'true')
    await call('DELETE', `/v1/runs/${run.id}`).catch((error) => {
      trouble.textContent = error.message
    })
    await look()
  })

  function draw() {
    const { completed, total } = run.progress
    const found = run.document_count === 1 ? '1 document' : `${run.document_count} documents`
    const words = `${runStatuses[run.status]}: ${found}${isOver() || completed === 0 ? '' : `, ${completed}${total === null ? '' : ` of ${total}`} done`}.`
    if (status.textContent !== words) status.textContent = words
    if (isOver()) {
      bar.max = 1
      bar.value = run.status === 'completed' ? 1 : 0
    } else if (total !== null && total > 0) {
      bar.max = total
      bar.value = completed
    }
    bar.hidden = isOver() && run.status !== 'completed'
    if (run.error) trouble.textContent = run.error.message
    warnings.replaceChildren(...run.warnings.slice(0, 10).map((warning) => h('li', {}, warning)))
    if (isOver() && !cancel.hidden) {
      if (document.activeElement === cancel) close.focus()
      cancel.hidden = true
      announce(words)
    }
  }

  /** One look at a time; one more when something happened meanwhile. */
  async function look() {
    if (isLooking) {
      isAsked = true
      return
    }
    isLooking = true
    try {
      do {
        isAsked = false
        run = await call('GET', `/v1/runs/${run.id}`)
        if (shown < SHOWN) {
          const page = /** @type {{ items: Document[] }} */ (
            await call('GET', `/v1/runs/${run.id}/documents?limit=${SHOWN - shown}&cursor=${last}`)
          )
          for (const one of page.items) titles.append(entry(one))
          shown += page.items.length
          last = page.items.at(-1)?.sequence ?? last
        }
        draw()
      } while (isAsked)
    } catch (error) {
      trouble.textContent = error instanceof Error ? error.message : String(error)
    } finally {
      isLooking = false
    }
    if (isOver()) stop()
  }

  const stopHearing = onEvent((event) => {
    if (event.run_id === run.id) void look()
  })
  // An event may be missed while the stream is away.
  const timer = setInterval(() => void look(), LOOK_MS)
  const stop = () => {
    stopHearing()
    clearInterval(timer)
  }

  const dialog = openDialog({
    title,
    returnTo,
    wide: true,
    closed: stop,
    body: [
      status,
      bar,
      trouble,
      warnings,
      titles,
      h('p', { class: 'quiet' }, `At most ${SHOWN} titles are shown here. Closing leaves the run going.`),
      h('footer', {}, close, cancel),
    ],
  })
  draw()
  void look()
}

/** A document by its title; its text, where there is some, can be opened. @param {Document} document */
function entry(document) {
  const title = document.title || document.external_id
  const reason =
    document.kind === 'failed'
      ? String(
          /** @type {{ message?: unknown } | undefined} */ (document.metadata.error)?.message ??
            'It could not be read.',
        )
      : null
  if (reason !== null) return h('li', {}, title, ' ', h('span', { class: 'bad' }, reason))
  if (document.text === null) return h('li', {}, title)
  const cut = document.text.length > PREVIEW
  return h(
    'li',
    {},
    h(
      'details',
      {},
      h('summary', {}, title),
      h(
        'pre',
        { tabindex: 0, 'aria-label': `Text of ${title}`, role: 'region' },
        document.text.slice(0, PREVIEW),
        cut && ' …',
      ),
    ),
  )
}
