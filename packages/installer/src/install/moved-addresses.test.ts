import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { settleAddresses } from './moved-addresses.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const FORMER = ['10.77.0.1']
const nodes = (ready: 'True' | 'Unknown') =>
  JSON.stringify({
    items: [
      {
        metadata: { name: 'edge-1', labels: { 'node-role.kubernetes.io/edge': '' } },
        status: { conditions: [{ type: 'Ready', status: ready }] },
      },
    ],
  })

/** A run of a cloud whose receipt says that it has moved. Returns what is told, and what the receipt says after it. */
async function settle({ moves = false, applied = [] as string[] } = {}) {
  const head = { ...HEAD, role: 'cloud' as const, formerAddresses: FORMER }
  const changes = await openHostChanges(on.host, receiptFor(head, undefined, BASELINE))
  const place = {
    host: on.host,
    directory: '/data/x',
    manifest: { role: 'cloud' } as unknown as BundleManifest,
  }
  const request = { ...place, kubeEdgeOnly: undefined, formerAddresses: { addresses: FORMER, moves } }
  const told = await settleAddresses(request, changes, { applied })
  return { told, recorded: (await readReceipt(on.host))?.formerAddresses }
}

const KEPT = { told: FORMER, recorded: FORMER }

it('keeps former addresses until a run that changes nothing sees all edges Ready', async () => {
  on.script('/usr/local/bin/k3s kubectl', nodes('Unknown'))
  expect(await settle()).toEqual(KEPT)
  on.script('/usr/local/bin/k3s kubectl', nodes('True'))
  expect(await settle({ moves: true })).toEqual(KEPT)
  expect(await settle({ applied: ['chart-cloudcore'] })).toEqual(KEPT)
  expect(await settle()).toEqual({ told: [], recorded: undefined })
})

it('keeps them while the cluster does not answer', async () => {
  expect(await settle()).toEqual(KEPT)
})
