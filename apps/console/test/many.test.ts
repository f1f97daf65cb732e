import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connection } from './actions.ts'
import { noChromium } from './chromium.ts'
import { look } from './look.ts'
import { openOtherDoor } from './other-door.ts'
import { openStage, type Stage } from './stage.ts'

const MANY = 1_000

describe.skipIf(noChromium !== null)('a thousand connections', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    const { connectByKey } = await openOtherDoor(stage.house)
    const first = await connectByKey('jina-reader', 'Reader 0000')
    await using database = closing(postgres(stage.house.databaseUrl, { max: 1, onnotice: () => {} }))
    // As often as it takes, with an id and a name of their own.
    await database.sql`
      insert into connections
      select (jsonb_populate_record(null::connections, to_jsonb(c) || jsonb_build_object(
        'id', c.id || i, 'name', 'Reader ' || lpad(i::text, 4, '0'), 'is_default', false))).*
      from connections c, generate_series(1, ${MANY - 1}) i where c.id = ${first}`
    await database.sql`
      insert into credentials
      select (jsonb_populate_record(null::credentials, to_jsonb(c) || jsonb_build_object('connection_id', c.connection_id || i))).*
      from credentials c, generate_series(1, ${MANY - 1}) i where c.connection_id = ${first}`
    await stage.ada.page.reload()
  })
  afterAll(async () => stage?.[Symbol.asyncDispose]())

  test('a few are shown at first, then all; only what can be seen is there, and scrolling stays smooth', async () => {
    const { page } = stage.ada
    const list = page.getByRole('list', { name: 'Connections to Jina Reader' })
    await list.getByRole('listitem').nth(4).waitFor()
    expect(await list.getByRole('listitem').count()).toBe(5)
    await page.getByRole('button', { name: `Show all ${MANY}` }).click()
    await expect.poll(() => list.getByRole('listitem').count()).toBeGreaterThan(5)
    expect(await list.getByRole('listitem').first().getAttribute('aria-setsize')).toBe(String(MANY))
    await look(page, 'many')
    const middle = (await page.evaluate(scrollThrough)) as number
    // Drawn by two busy cores without a graphics card it takes 25 ms here.
    expect(middle).toBeLessThan(100)
    expect(await list.getByRole('listitem').count()).toBeLessThan(60)
    const last = await page.evaluate('Number([...document.querySelectorAll("[aria-posinset]")].at(-1).ariaPosInSet)')
    expect(last).toBe(MANY)
  })

  test('one of them is found by its name', async () => {
    const { page, complaints } = stage.ada
    await page.evaluate('scrollTo(0, 0)')
    await page.getByRole('searchbox', { name: 'Search sources and connections' }).fill('reader 0777')
    await connection(page, 'Reader 0777').waitFor()
    await expect
      .poll(() => page.getByRole('list', { name: 'Connections to Jina Reader' }).getByRole('listitem').count())
      .toBe(1)
    expect(complaints).toEqual([])
  })
})

/** Scrolls to the end as a wheel does, a notch a frame; the middle one of the times between frames, milliseconds. */
const scrollThrough = `(async () => {
  const times = []
  let last = performance.now()
  const atEnd = () => [...document.querySelectorAll('[aria-posinset]')].at(-1)?.ariaPosInSet === '${MANY}'
  while (!atEnd()) {
    scrollBy(0, times.length < 200 ? 120 : 5000)
    await new Promise(requestAnimationFrame)
    times.push(performance.now() - last)
    last = performance.now()
  }
  return times.slice(0, 200).sort((a, b) => a - b)[100]
})()`

function closing(sql: postgres.Sql) {
  return { sql, [Symbol.asyncDispose]: () => sql.end() }
}
