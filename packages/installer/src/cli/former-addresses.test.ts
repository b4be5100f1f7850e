import { expect, it } from 'vitest'
import type { Restore } from '../backup/restore.ts'
import { K3S_CONFIG } from '../k3s/files.ts'
import type { Receipt } from '../state/receipt.ts'
import { trial } from '../testing/trial.ts'
import { formerAddresses } from './former-addresses.ts'

const receiptOf = (settings: object) => ({ role: 'cloud', settings }) as unknown as Receipt

it('are those that were said, else those that K3s was set up with, else that of the backup', async () => {
  await using on = await trial()
  const before = (receipt: Receipt | undefined, restore?: Restore) =>
    formerAddresses(on.host, { receipt, restore })
  expect(await before(undefined)).toEqual([])
  expect(await before(receiptOf({}))).toEqual([])
  await on.put(K3S_CONFIG, 'node-ip: 10.77.0.1\ntls-san: [10.77.0.1, cloud.example]\n')
  expect(await before(receiptOf({}))).toEqual(['10.77.0.1', 'cloud.example'])
  expect(await before({ ...receiptOf({}), kubeEdgeOnly: { kubeconfig: '/k' } } as Receipt)).toEqual([])
  expect(await before(receiptOf({ advertiseAddresses: ['x.org'] }))).toEqual(['x.org'])
  const record = { node: { name: 'cloud', ip: '10.77.0.5' } }
  expect(await before(undefined, { receipt: receiptOf({}), record } as Restore)).toEqual(['10.77.0.5'])
})
