import { expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { requireBackupable } from './backup.ts'

const CLOUD = { ...receiptFor({ ...HEAD, role: 'cloud' }, undefined, BASELINE), completed: '2026-11-01' }

it("backs up a cloud's complete installation only, and says what to do for others", () => {
  const refused = (receipt: Parameters<typeof requireBackupable>[0]) => {
    try {
      requireBackupable(receipt)
    } catch (error) {
      return error
    }
    return undefined
  }
  expect(refused(CLOUD)).toBeUndefined()
  expect(refused(undefined)).toMatchObject({ code: 'NOT_INSTALLED' })
  expect(refused({ ...CLOUD, completed: undefined })).toMatchObject({ code: 'NOT_INSTALLED' })
  expect(refused({ ...CLOUD, role: 'edge' })).toMatchObject({ code: 'ROLE_MISMATCH' })
  expect(refused({ ...CLOUD, kubeEdgeOnly: { kubeconfig: '/k' } })).toMatchObject({
    code: 'BACKUP_REFUSED',
    fix: { en: expect.stringContaining('etcdctl snapshot save') },
  })
})
