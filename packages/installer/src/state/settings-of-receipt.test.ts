import { expect, it } from 'vitest'
import { HEAD } from '../testing/trial.ts'
import type { Receipt } from './receipt.ts'
import { saidInReceipt } from './settings-of-receipt.ts'

const receipt = (more: Partial<Receipt>) => ({ ...HEAD, steps: [], ...more }) as unknown as Receipt

it('keeps the name of a node that is in the cluster, however the machine is renamed', () => {
  expect(saidInReceipt(receipt({ completed: '2026-01-01T00:00:00Z' }))).toEqual({ nodeName: 'edge-1' })
  const set = receipt({ completed: '2026-01-01T00:00:00Z', settings: { nodeName: 'pump' } })
  expect(saidInReceipt(set)).toEqual({ nodeName: 'pump' })
})

it('lets a node that did not join yet take the name that the machine has by then', () => {
  expect(saidInReceipt(receipt({}))).toEqual({})
  const onCluster = { kubeEdgeOnly: { kubeconfig: '/k' }, completed: '2026-01-01T00:00:00Z' }
  expect(saidInReceipt(receipt(onCluster))).toEqual({})
})
