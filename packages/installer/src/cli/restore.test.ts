import { expect, it } from 'vitest'
import type { Restore } from '../backup/restore.ts'
import { parseSettings } from '../settings/load.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { checkRestoredNode, saidInBackup } from './restore.ts'

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
