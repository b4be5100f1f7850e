import { EDGELIFT_VERSION, type EdgeliftError } from '@edgelift/core'
import { expect, it } from 'vitest'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { receiptFor } from './host-changes.ts'
import { parseReceipt } from './read-receipt.ts'
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

it.each([
  ['the address of the cloud as a text', { cloud: '10.77.0.1' }],
  ['an address without a port', { cloud: { host: '10.77.0.1' } }],
  ['a taint as a text', { taints: ['a=b:NoSchedule'] }],
  ['a taint without an effect', { taints: [{ key: 'a' }] }],
])('does not take an edited receipt for what was installed: %s', (_what, settings) => {
  const text = JSON.stringify({ ...receiptFor(HEAD, undefined, BASELINE), settings })
  expect(() => parseReceipt(text, [])).toThrow('JOURNAL_INVALID')
})

it('reads back what an edge was installed with', () => {
  const settings = {
    cloud: { host: 'fd00::1', hubPort: 10000 },
    taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
  }
  const text = JSON.stringify(receiptFor({ ...HEAD, settings }, undefined, BASELINE))
  expect(saidInReceipt(parseReceipt(text, []))).toEqual({
    cloud: '[fd00::1]:10000',
    taints: ['a=b:NoSchedule'],
  })
})

it('names the field of a receipt that it cannot read, and the edgelift that wrote it', () => {
  const refusal = (more: object) => {
    try {
      parseReceipt(JSON.stringify({ ...receiptFor(HEAD, undefined, BASELINE), ...more }), [])
    } catch (error) {
      return (error as EdgeliftError).because
    }
    return undefined
  }
  expect(refusal({ tomorrow: 1, edgelift: '9.0.0', bundle: 'site-cloud-9-amd64' })?.en).toMatch(
    /^edgelift 9\.0\.0 of site-cloud-9-amd64 wrote it, .*"tomorrow"/,
  )
  expect(refusal({ tomorrow: 1, edgelift: EDGELIFT_VERSION })).toEqual({
    en: 'unknown key "tomorrow"',
    zh: '未知的键 "tomorrow"',
  })
  expect(refusal({ role: 'hub', edgelift: '9.0.0\n' })?.en).toMatch(/^role: /)
})
