/** A store that a process stops in, before each call and before each answer, and that the rules look at. */
import type { RefreshStore } from '../../src/refresh/store.ts'
import type { Rows } from './rows.ts'
import type { Process, Steps } from './steps.ts'
import type { Committed, Watch } from './watch.ts'

export class DatabaseAway extends Error {}

/** Every call of the store in two steps: that it happens, and that its answer comes back. Either may fail. */
export function steppedStore(
  store: RefreshStore,
  over: {
    readonly process: Process
    readonly rows: Rows
    readonly steps: Steps
    readonly watch: Watch
    /** The process has learned that its intent is committed. */
    readonly onIntent: (intent: Committed | undefined) => void
  },
): RefreshStore {
  const { process, rows, steps, watch } = over
  const fails = (fate: number): boolean => !steps.isQuiet && fate % 32 === 31
  const around =
    <Args extends readonly unknown[], Result>(
      name: string,
      act: (...args: Args) => Promise<Result>,
      options: {
        committed?: (result: Result, args: Args, before: Awaited<ReturnType<Rows['read']>>) => void
        back?: (result: Result) => void
      } = {},
    ) =>
    async (...args: Args): Promise<Result> => {
      const asked = process.ticks()
      if (fails(await steps.stop(process, name))) throw new DatabaseAway(`${name} did not happen`)
      const before = await steps.track(rows.read())
      if (name === 'load' || name === 'takeLease' || name === 'startAttempt') process.early.push(asked)
      const result = await steps.track(act(...args))
      process.early.length = 0
      options.committed?.(result, args, before)
      if (name !== 'storePair') watch.untouched(name, before, await steps.track(rows.read()))
      if (fails(await steps.stop(process, `${name} answers`))) throw new DatabaseAway(`${name} did not answer`)
      options.back?.(result)
      return result
    }
  return {
    load: around('load', store.load),
    async changed(_, ms) {
      await steps.stop(process, 'wait', { takes: ms })
    },
    startAttempt: around('startAttempt', store.startAttempt, {
      committed: (started, [loaded]) => {
        if (started) watch.intentWritten(started.intent, loaded.credential.generation)
      },
      back: (started) => {
        if (started) over.onIntent(watch.intent(started.intent.attempt))
      },
    }),
    takeLease: around('takeLease', store.takeLease),
    renewLease: around('renewLease', store.renewLease),
    releaseLease: around('releaseLease', store.releaseLease),
    writeIntent: around('writeIntent', store.writeIntent, {
      committed: (intent, [lease]) => {
        if (intent) watch.intentWritten(intent, lease.row.generation)
      },
      back: (intent) => {
        if (intent) over.onIntent(watch.intent(intent.attempt))
      },
    }),
    takeIntentBack: around('takeIntentBack', store.takeIntentBack, {
      committed: (_, [, intent], before) => watch.takenBack(intent.attempt, before),
    }),
    admit: around('admit', store.admit),
    storePair: around('storePair', store.storePair, {
      committed: (isStored, [row, pair], before) => watch.pairWritten(row, pair, isStored, before),
    }),
    recordFailure: around('recordFailure', store.recordFailure, {
      committed: (isRecorded, [row, failure], before) => {
        if (isRecorded) watch.failureWritten(row, failure, before)
      },
    }),
    recordBreakerOpen: around('recordBreakerOpen', store.recordBreakerOpen),
    askForRefresh: around('askForRefresh', store.askForRefresh),
    forgetAsking: around('forgetAsking', store.forgetAsking),
    rejectToken: around('rejectToken', store.rejectToken),
  }
}
