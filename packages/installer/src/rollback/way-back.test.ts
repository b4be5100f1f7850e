import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyFormer } from '../backup/former.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT, type Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { wayBack } from './way-back.ts'

const OLD = receiptFor(HEAD, undefined, BASELINE)
const only = { kubeEdgeOnly: { kubeconfig: '/k' } }

let on: Trial
/** Of the release that replaces {@link OLD}. */
let receipt: Receipt
beforeEach(async () => {
  on = await trial()
  await on.put(RECEIPT, JSON.stringify(OLD))
  const former = await copyFormer(on.host, OLD, [], copyFile)
  receipt = receiptFor({ ...HEAD, bundle: 'new', lock: 'sha256:1', former }, undefined, BASELINE)
})
afterEach(() => on[Symbol.asyncDispose]())

it('leads to the release as it was before its upgrade', async () => {
  const found = await wayBack(on.host, receipt)
  expect(found).toMatchObject({ receipt: OLD, former: receipt.former, folder: receipt.former?.copy })
})

it.each<[string, () => Receipt | undefined, RegExp]>([
  ['where nothing is installed', () => undefined, /--keep-previous/],
  [
    'after an upgrade that is complete',
    () => ({ ...receipt, former: undefined }) as unknown as Receipt,
    /--keep-previous/,
  ],
  [
    'on an existing cluster: the archive before is the way',
    () => ({ ...receipt, ...only }),
    /install-kubeedge-only\.sh in the directory of kubeedge-edge-1\.22\.0-amd64$/,
  ],
  [
    'on an existing cluster after a complete upgrade',
    () => ({ ...receipt, ...only, former: undefined }) as unknown as Receipt,
    /--allow-downgrade in the directory of the release/,
  ],
])('there is none %s', async (_when, now, fix) => {
  await expect(wayBack(on.host, now())).rejects.toMatchObject({
    code: 'ROLLBACK_IMPOSSIBLE',
    fix: { en: expect.stringMatching(fix) },
  })
})

it.each([
  ['copy.json', 'is not complete'],
  [`files${RECEIPT}`, 'is not what was copied'],
])('is not taken with a copy without %s', async (name, why) => {
  await rm(path.join(on.root, receipt.former?.copy ?? '', name))
  await expect(wayBack(on.host, receipt)).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
    because: { en: expect.stringContaining(why) },
  })
})
