import { SETTINGS } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { CloudSettings, EdgeSettings } from './schema.ts'

it.each([
  ['cloud', Object.keys(CloudSettings.shape)],
  // The token itself stands in a join file alone.
  ['edge', Object.keys(EdgeSettings.shape).filter((name) => name !== 'token')],
] as const)('the %s installation checks every setting of the table, and has no other', (role, checked) => {
  const names = SETTINGS.filter(({ roles }) => roles.includes(role))
  expect([...checked].sort()).toEqual(names.map(({ name }) => name.split('.')[0]).sort())
})
