import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RESTORED } from '../backup/restore-step.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { parseSettings } from '../settings/load.ts'
import { RESTORE_FOLDER } from '../state/copies.ts'
import { receiptFor } from '../state/host-changes.ts'
import { hasMarker, setMarker } from '../state/markers.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { install } from './install.ts'
import { bundles, existingRuntime, inspection } from './plan.sample.ts'

const [OLD, NEW] = ['sha256:old', 'sha256:new']

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
})

/** Installs an edge on a containerd that is there, whose systemd refuses everything: the run fails at its first service. */
function begin(receipt?: Receipt, signal = new AbortController().signal, more = {}): Promise<unknown> {
  const settings = parseSettings('edge', {
    cloud: '10.77.0.1',
    token: 'the-secret-token',
    containerd: 'existing',
  })
  const found: Inspection = { ...inspection, receipt, runtime: existingRuntime('right') }
  return install(
    {
      ...{ host: on.host, directory: path.join(on.root, 'data/edge'), settings, signal, receipt },
      ...{ manifest: { ...bundles.edge.manifest, lock: NEW, edgelift: '0.1.0' }, token: inspection.token },
      ...{ kubeEdgeOnly: undefined, joined: false, tokenIn: undefined, report: () => {} },
      ...more,
    },
    found,
  ).then(
    () => 'done',
    (error: unknown) => error,
  )
}

function installed(lock: string): Receipt {
  const known = { baseline: BASELINE, steps: [], completed: '2026-11-01T00:00:00.000Z' }
  return receiptFor({ ...HEAD, lock, images: ['docker.io/old:1'] }, known, BASELINE)
}

it('writes the receipt before the first step, so that a cleanup knows of a half-done installation; without the token', async () => {
  expect(await begin()).toBeInstanceOf(EdgeliftError)
  const receipt = await readReceipt(on.host)
  expect(receipt).toMatchObject({
    ...{ role: 'edge', lock: NEW, directory: path.join(on.root, 'data/edge') },
    node: { name: 'edge-1', cloud: '10.77.0.1' },
    images: ['docker.io/kubeedge/edgemesh-agent:1', 'docker.io/rancher/pause:1'],
  })
  expect(receipt?.completed).toBeUndefined()
  expect(JSON.stringify(receipt)).not.toContain('secret')
})

it('that is stopped says only so', async () => {
  const stop = new AbortController()
  stop.abort(new EdgeliftError('INTERRUPTED', 5, { what: { en: 'interrupted', zh: '已中断' } }))
  const error = await begin(installed(OLD), stop.signal)
  expect(error).toBe(stop.signal.reason)
  expect((await readReceipt(on.host))?.former).toMatchObject({ lock: OLD })
})

it('that upgrades is not complete any more, keeps the way back, and names it when it fails', async () => {
  const error = await begin(installed(OLD))
  expect(error).toMatchObject({ fix: { en: expect.stringContaining('./edgelift rollback') } })
  const receipt = await readReceipt(on.host)
  expect(receipt?.completed).toBeUndefined()
  expect(receipt).toMatchObject({
    former: { lock: OLD, bundle: HEAD.bundle, images: ['docker.io/old:1'] },
    images: expect.arrayContaining(['docker.io/old:1', 'docker.io/rancher/pause:1']),
  })
})

it('of the same release stays complete, and copies nothing', async () => {
  const before = installed(NEW)
  const error = await begin(before)
  expect(error).toBeInstanceOf(EdgeliftError)
  expect((error as EdgeliftError).fix?.en ?? '').not.toContain('rollback')
  expect(await readReceipt(on.host)).toMatchObject({ completed: before.completed })
  expect((await readReceipt(on.host))?.former).toBeUndefined()
})

it('whose first upgrade was cut off keeps the copy of what was there before it', async () => {
  await begin(installed(OLD))
  const cut = await readReceipt(on.host)
  await begin(cut)
  expect((await readReceipt(on.host))?.former).toEqual(cut?.former)
})

it('that moves the cloud records from where before its first step: a run that is cut off loses it not', async () => {
  const formerAddresses = { addresses: ['10.77.0.1'], moves: true }
  expect(await begin(undefined, undefined, { formerAddresses })).toBeInstanceOf(EdgeliftError)
  expect((await readReceipt(on.host))?.formerAddresses).toEqual(['10.77.0.1'])
})

it('that upgrades begins without what a restore that is through has left: when it is cut off, nothing looks unfinished', async () => {
  await on.put(`${RESTORE_FOLDER}/copy.json`, 'the backup of a release before')
  await setMarker(on.host, RESTORED)
  await begin(installed(OLD))
  expect(await on.text(`${RESTORE_FOLDER}/copy.json`)).toBeUndefined()
  expect(await hasMarker(on.host, RESTORED)).toBe(false)
})

it('that restores keeps its backup until it is through', async () => {
  await on.put(`${RESTORE_FOLDER}/copy.json`, 'the backup')
  await begin(undefined, undefined, { restore: RESTORE_FOLDER })
  expect(await on.text(`${RESTORE_FOLDER}/copy.json`)).toBe('the backup')
})
