import { describe, expect, test } from 'vitest'
import { gather } from './gather.ts'

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** A database whose answers come when the test says so. */
function slow() {
  const asked: { questions: readonly number[]; answer(): void; fail(): void }[] = []
  const ask = (questions: readonly number[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const answer = () => resolve(questions.map((number) => `answer to ${number}`))
      asked.push({ questions, answer, fail: () => reject(new Error(`no answer to ${questions}`)) })
    })
  return { ask, asked }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('what is asked together', () => {
  test('is what is asked at one moment, and each gets the answer to its own question', async () => {
    const { ask, asked } = slow()
    const question = gather(ask, { most: 100, atOnce: 1 })
    const answers = Promise.all(numbers(1, 3).map(question))
    await turn()
    expect(asked.map(({ questions }) => questions)).toEqual([[1, 2, 3]])
    asked[0]?.answer()
    expect(await answers).toEqual(['answer to 1', 'answer to 2', 'answer to 3'])
  })

  test('is never a statement that is under way: its answer may be older than the question', async () => {
    const { ask, asked } = slow()
    const question = gather(ask, { most: 100, atOnce: 1 })
    const first = question(1)
    await turn()
    const second = question(1)
    await turn()
    expect(asked).toHaveLength(1)
    asked[0]?.answer()
    await first
    await turn()
    expect(asked).toHaveLength(2)
    asked[1]?.answer()
    await second
  })

  test('has a most, in statements at once and in questions of each', async () => {
    const { ask, asked } = slow()
    const question = gather(ask, { most: 3, atOnce: 2 })
    const answers = Promise.all(numbers(1, 8).map(question))
    await turn()
    expect(asked.map(({ questions }) => questions)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    for (const { answer } of asked) answer()
    await turn()
    expect(asked[2]?.questions).toEqual([7, 8])
    asked[2]?.answer()
    expect(await answers).toHaveLength(8)
  })

  test('is asked one by one when it fails, so that one bad question spoils no other answer', async () => {
    const question = gather(
      async (questions: readonly number[]) => {
        if (questions.includes(2)) throw new Error('two cannot be answered')
        return questions.map(String)
      },
      { most: 100, atOnce: 1 },
    )
    const settled = await Promise.allSettled(numbers(1, 3).map(question))
    expect(settled).toEqual([
      { status: 'fulfilled', value: '1' },
      { status: 'rejected', reason: new Error('two cannot be answered') },
      { status: 'fulfilled', value: '3' },
    ])
  })
})
