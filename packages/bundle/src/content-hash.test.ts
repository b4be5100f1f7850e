import { hashThread } from '@edgelift/core'
import { expect, it } from 'vitest'
import { contentHash, HASHED_APART } from './content-hash.ts'

it('leaves small contents to this thread, and large ones to the other', () => {
  const thread = hashThread()
  expect(contentHash(HASHED_APART - 1, thread).apart).toBeUndefined()
  const { here, apart } = contentHash(HASHED_APART, thread)
  expect([here, apart?.thread]).toEqual([undefined, thread])
  apart?.drop()
})
