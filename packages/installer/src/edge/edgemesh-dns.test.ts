import { expect, it } from 'vitest'
import { edgemeshDnsProblem } from './edgemesh-dns.ts'

it('asks nobody as long as no link of this machine has the address', async () => {
  expect(await edgemeshDnsProblem()).toBe('no link of this node has 169.254.96.16')
})
