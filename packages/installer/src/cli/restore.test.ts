import type { BundleManifest } from '@edgelift/bundle'
import type { CommandContext } from '@edgelift/core/cli'
import { describe, expect, it } from 'vitest'
import type { Restore } from '../backup/restore.ts'
import { parseSettings } from '../settings/load.ts'
import { RESTORE_FOLDER } from '../state/copies.ts'
import { receiptFor } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, trial } from '../testing/trial.ts'
import { checkRestoredNode, type RestoreArgs, restoreOf, saidInBackup } from './restore.ts'

/** A cloud that found its name and address out by itself. */
const RESTORE = {
  record: { node: { name: 'cloud', ip: '10.77.0.1' } },
  receipt: receiptFor(
    { ...HEAD, role: 'cloud', settings: { role: 'cloud', edgemesh: false, k3s: {}, options: [] } },
    undefined,
    BASELINE,
  ),
} as unknown as Restore

it('takes the settings of the lost machine, with the name and the address that it found out', () => {
  const settings = parseSettings('cloud', saidInBackup(RESTORE))
  expect(settings).toMatchObject({ nodeName: 'cloud', nodeIp: '10.77.0.1', edgemesh: false })
  expect(() => checkRestoredNode(settings, RESTORE)).not.toThrow()
})

it('refuses another name or address', () => {
  for (const changed of [{ nodeName: 'other' }, { nodeIp: '10.77.0.9' }])
    expect(() =>
      checkRestoredNode(parseSettings('cloud', { ...saidInBackup(RESTORE), ...changed }), RESTORE),
    ).toThrow(/RESTORE_REFUSED/)
})

describe('which backup an installation goes on from', () => {
  const BEGUN = receiptFor({ ...HEAD, role: 'cloud' }, undefined, BASELINE)
  const DONE: Receipt = { ...BEGUN, completed: '2026-11-01T00:00:00.000Z' }

  async function asked(
    args: RestoreArgs,
    { left, receipt, role = 'cloud', only = false }: Readonly<Record<string, unknown>>,
  ) {
    await using on = await trial()
    if (typeof left === 'string') await on.put(`${RESTORE_FOLDER}/copy.json`, left)
    const place = {
      ...{ host: on.host, receipt: receipt as Receipt | undefined, only: only === true },
      manifest: { name: 'cloud', lock: HEAD.lock, role } as unknown as BundleManifest,
    }
    return await restoreOf(args, place, {} as unknown as CommandContext)
  }

  it('is none where none is named and none was cut off', async () => {
    expect(await asked({}, {})).toBeUndefined()
  })

  it('is never what a restore that is through has left: the cluster has lived on since', async () => {
    expect(await asked({}, { left: '{', receipt: DONE })).toBeUndefined()
    await expect(asked({}, { left: '{', receipt: BEGUN })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    await expect(asked({}, { left: '{' })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  it('is none for an edge and an existing cluster, which say so when one is named', async () => {
    for (const place of [{ role: 'edge' }, { only: true }]) {
      expect(await asked({}, { ...place, left: '{' })).toBeUndefined()
      await expect(asked({ restore: '/mnt/usb/cloud.backup' }, place)).rejects.toMatchObject({
        code: 'ROLE_MISMATCH',
        what: { en: expect.stringContaining('--restore'), zh: expect.stringContaining('--restore') },
      })
    }
  })
})
