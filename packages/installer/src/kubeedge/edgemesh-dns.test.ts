import { expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { edgemeshDnsProblem } from './edgemesh-dns.ts'

const hostWith = (addresses: string, code = 0) =>
  ({ exec: async () => ({ code, stdout: addresses, stderr: '' }) }) as unknown as Host
const ETH0 =
  '2: eth0    inet 10.77.0.2/24 scope global eth0\\       valid_lft forever preferred_lft forever\n'
const EDGEMESH0 = '5: edgemesh0    inet 169.254.96.16/32 scope global edgemesh0\\       valid_lft forever\n'

it('asks nobody as long as no link has the address', async () => {
  expect(await edgemeshDnsProblem(hostWith(ETH0))).toMatchObject({
    en: 'no device of this node has 169.254.96.16',
  })
})

it('does not say that no link has it where ip does not tell', async () => {
  expect(await edgemeshDnsProblem(hostWith('', 1))).toMatchObject({
    en: 'ip does not list the addresses of this node',
  })
})

it('asks as soon as one has it, also one without a carrier', async () => {
  const problem = await edgemeshDnsProblem(hostWith(ETH0 + EDGEMESH0), 10)
  expect(problem?.en).not.toContain('no device')
  expect(problem?.zh).not.toContain('query')
})
