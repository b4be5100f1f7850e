import { expect, it } from 'vitest'
import type { Receipt } from '../state/receipt.ts'
import { stateOf } from './status.ts'

const former = { bundle: 'kubeedge-cloud-1', lock: 'l', images: [], copy: '/c' }
const receipt = (more: object) => ({ role: 'cloud', ...more }) as unknown as Receipt

it('offers a rollback for an upgrade that is incomplete, unless the cluster is not its own', () => {
  expect(stateOf(receipt({}), [])).toBe('incomplete')
  expect(stateOf(receipt({ former }), [])).toBe('upgrading')
  expect(stateOf(receipt({ former, kubeEdgeOnly: { kubeconfig: '/k' } }), [])).toBe('incomplete')
})
