import { eventTypes } from '@wellhead/client/schema'
import { expect, test } from 'vitest'

test('the page listens to every type of event that the API sends', async () => {
  const { followedEvents } = (await import(new URL('../page/live.js', import.meta.url).href)) as {
    followedEvents: readonly string[]
  }
  expect([...followedEvents].sort()).toEqual([...eventTypes].sort())
})
