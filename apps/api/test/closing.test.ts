import { expect, it } from 'vitest'
import { openApiHouse } from './house.ts'

it('closes at once although a kept-alive connection had a stream open', async () => {
  await using house = await openApiHouse()
  const token = await house.token(['events:read'])
  const stream = await fetch(`${house.url}/v1/events`, { headers: { authorization: `Bearer ${token}` } })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  const reading = stream.text()
  // Longer than this test may take, if the connection were waited for: it is kept alive for 72 seconds.
  await house.api.close()
  await reading
})
