import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check, readHouse, rules } from '../src/index.ts'

test('the house keeps its rules', () => {
  const house = readHouse(join(import.meta.dirname, '../../..'))
  expect(house.packages.length).toBeGreaterThan(10)
  const violations = check(house, rules)
  expect(violations.map(({ rule, where, what }) => `${rule}: ${where} ${what}`)).toEqual([])
})
