import { expect, it, vi } from 'vitest'
import { openApiHouse } from './house.ts'

it('finishes the answers in hand when it closes, and waits for no connection that is only kept alive', async () => {
  await using house = await openApiHouse({ worker: false, settleMs: 1_000 })
  const token = await house.token(['connections:write', 'connections:read'])
  const answer = fetch(`${house.url}/v1/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ data_source: 'notes', api_key: 'a-key-that-nobody-checks' }),
  })
  await vi.waitFor(async () => {
    expect((await house.engine.connections.list(house.owner, {})).items).toHaveLength(1)
  })
  // Kept alive for 72 seconds, the connection would be waited for longer than this test may take.
  await house.api.close()
  expect((await answer).status).toBe(202)
})
