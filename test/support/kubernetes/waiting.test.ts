import { expect, it } from 'vitest'
import { waitFor } from './waiting.ts'

it('returns what the probe finds at last, over errors on the way', async () => {
  let tries = 0
  const probe = async (): Promise<string | undefined> => {
    tries += 1
    if (tries === 1) throw new Error('not yet there')
    return tries === 3 ? 'found' : undefined
  }
  expect(await waitFor('it', probe, { every: 1 })).toBe('found')
})

it('says what it waited for, the last error and the explanation', async () => {
  const never = async (): Promise<boolean> => {
    throw new Error('refused')
  }
  const patience = { timeout: 5, every: 1, explain: async () => 'the unit says: no' }
  await expect(waitFor('the API answers', never, patience)).rejects.toThrow(
    'waited in vain: the API answers\nrefused\nthe unit says: no',
  )
})
