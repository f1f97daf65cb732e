/** What tests begin with: a connection that works, another workspace, the code of a refusal. */
import { expect } from 'vitest'
import {
  type Actor,
  type Connection,
  type Engine,
  EngineError,
  firstValidation,
  type Run,
  schema,
} from '../src/index.ts'
import type { House } from './house.ts'

type Input = Parameters<Engine['connections']['create']>[1]

/** Connects and waits until the key was judged. */
export async function connect(house: House, actor: Actor, input: Input): Promise<Connection> {
  const { id } = await house.engine.connections.create(actor, input)
  // The one it begins with: whoever asks for another gets a second one where the first is over already.
  const { done, value } = await house.engine.connections.settled(actor, id, firstValidation(id), 15_000)
  expect(done).toBe(true)
  return value
}

/** Runs and waits for the end. */
export async function run(house: House, actor: Actor, input: Parameters<Engine['runs']['create']>[1]): Promise<Run> {
  const { id } = await house.engine.runs.create(actor, input)
  return ended(house, actor, id)
}

export async function ended(house: House, actor: Actor, id: string): Promise<Run> {
  const { done, value } = await house.engine.runs.settled(actor, id, 15_000)
  expect(done, `run ${id} is ${value.status}`).toBe(true)
  return value
}

/** The owner of a workspace of its own. */
export async function strangerOf(house: House, name = 'globex'): Promise<Actor> {
  const { db } = house.engine
  await db.insert(schema.workspaces).values({ id: name, name, slug: name })
  await db.insert(schema.users).values({ id: `${name}-user`, name, email: `${name}@example.test` })
  await db
    .insert(schema.members)
    .values({ id: `${name}-member`, organizationId: name, userId: `${name}-user`, role: 'owner' })
  return { workspaceId: name, userId: `${name}-user`, role: 'owner', token: null }
}

/** The code of the EngineError that a call ends in; `undefined` when it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof EngineError) return error.code
    throw error
  }
}

/** A promise and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}
