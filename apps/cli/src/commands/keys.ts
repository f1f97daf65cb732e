import { type KeysRoom, type KeyUse, openKeys, type Progress } from '@wellhead/engine'
import Table from 'cli-table3'
import { readEnvironment, required } from '../configuration/environment.ts'
import { withInstance } from '../start/instance.ts'

/** Which encryption keys there are, and what each is still needed for. */
export async function listKeys(options: { dataDir: string }): Promise<number> {
  await using keys = await open(options.dataDir)
  const list = await keys.list()
  const table = new Table({
    head: ['key', 'place', 'data keys', 'former data keys', 'values', 'may be removed'],
    style: { head: [], border: [] },
  })
  for (const key of list)
    table.push([key.id, placeOf(key), key.dataKeys, key.formerDataKeys, key.values, key.isRemovable ? 'yes' : 'no'])
  console.log(table.toString())
  const missing = list.filter(({ isGiven }) => !isGiven)
  for (const { id } of missing)
    console.error(`"${id}" is used and not in WELLHEAD_ENCRYPTION_KEYS: put it back, or nothing starts.`)
  return missing.length > 0 ? 1 : 0
}

/** Re-wraps the data keys with the first key; `reseal` also makes new data keys and seals everything with them. */
export async function rotateKeys(options: { reseal?: boolean; signOut?: boolean; dataDir: string }): Promise<number> {
  await using keys = await open(options.dataDir)
  const done = await keys.rotate({
    reseal: options.reseal ?? false,
    signOut: options.signOut ?? false,
    watch: createWatch(),
    onWait: (ms) => console.error(`Waiting ${Math.ceil(ms / 1000)} s for processes that may still seal as before …`),
  })
  console.log(`${counted(done.rewrapped, 'data key')} wrapped anew.`)
  if (options.reseal) {
    console.log(`${counted(done.renewed, 'new data key')}, ${counted(done.resealed, 'value')} sealed anew.`)
    if (done.onlyFinished)
      console.log('This finished what an earlier run had left. For new data keys throughout, run it once more.')
  }
  if (done.retired > 0) console.log(`${counted(done.retired, 'former data key')} deleted: nothing used them any more.`)
  if (options.signOut) console.log('Start every API process anew: sessions and invite links end with that.')
  for (const place of done.failed) console.error(`Cannot be opened, and was left as it is: ${place}`)
  if (options.reseal && done.leftOnFormer > done.failed.length)
    console.error(
      `${counted(done.leftOnFormer, 'value')} still under former data keys: a process seals with them that was not given the first key. They can be opened; give it the key and run this again.`,
    )
  else if (options.reseal && done.leftOnFormer === 0) console.log('Nothing is sealed with a former data key any more.')
  const removable = done.keys.filter(({ isRemovable }) => isRemovable).map(({ id }) => id)
  console.log(
    removable.length > 0
      ? `May be taken out of WELLHEAD_ENCRYPTION_KEYS, once every process has the first key at its first place: ${removable.join(', ')}. Keep them for as long as you keep backups from before.`
      : 'No key may be taken out of WELLHEAD_ENCRYPTION_KEYS.',
  )
  return done.failed.length > 0 ? 1 : 0
}

async function open(dataDir: string): Promise<KeysRoom> {
  const environment = withInstance(readEnvironment(process.env), dataDir)
  return openKeys({
    databaseUrl: environment.DATABASE_DIRECT_URL ?? required(environment, 'DATABASE_URL'),
    encryptionKeys: required(environment, 'WELLHEAD_ENCRYPTION_KEYS'),
  })
}

const placeOf = (key: KeyUse) => (key.isPrimary ? 'first' : key.isGiven ? 'opens only' : 'missing')

const words = { rewrap: 'data keys wrapped anew', renew: 'new data keys', reseal: 'values sealed anew' } as const
const EVERY_MS = 1_000

/** A line a second, and the last one of each step. */
function createWatch(): (progress: Progress) => void {
  let saidAt = Number.NEGATIVE_INFINITY
  return ({ step, done, left }) => {
    if (left > 0 && performance.now() - saidAt < EVERY_MS) return
    saidAt = performance.now()
    console.error(`${words[step]}: ${done} done, ${left} left`)
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
