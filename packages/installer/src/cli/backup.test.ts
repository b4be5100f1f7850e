import { mkdir, readdir, symlink } from 'node:fs/promises'
import { takeLock } from '@edgelift/core'
import { expect, it } from 'vitest'
import { DATASTORE } from '../backup/contents.ts'
import { receiptFor } from '../state/host-changes.ts'
import { commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { backup, requireBackupable } from './backup.ts'

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

it('looks before it asks for a passphrase where the backup goes', async () => {
  await using node = await commandTrial()
  await node.install(CLOUD)
  await node.put(DATASTORE)
  await node.put('words')
  for (const [file, code] of [
    [node.root, 'FILE_NOT_REGULAR'],
    ['/dev/null', 'FILE_NOT_REGULAR'],
    [`${node.root}/words/cloud.backup`, 'ENOTDIR'],
    [`${node.root}/none/cloud.backup`, 'ENOENT'],
    [`${node.root}${DATASTORE}`, 'OUTPUT_IS_INPUT'],
    [`${node.root}/words`, 'OUTPUT_IS_INPUT'],
  ])
    await expect(
      node.type(backup, { file, 'passphrase-file': `${node.root}/words` }, 'cloud'),
    ).rejects.toMatchObject({ code })
  expect(node.calls).toEqual([])
})

it('puts no backup into the archive’s directory, by whichever way it is named: the audit would refuse it', async () => {
  await using node = await commandTrial()
  await node.install(CLOUD)
  await node.put(DATASTORE)
  const directory = `${node.root}/data/kubeedge-cloud-1.22.0-amd64`
  await mkdir(directory, { recursive: true })
  await symlink(directory, `${node.root}/link`)
  for (const file of [`${directory}/cloud.backup`, `${directory}/..backup`, `${node.root}/link/cloud.backup`])
    await expect(node.type(backup, { file }, 'cloud')).rejects.toMatchObject({
      code: 'BACKUP_REFUSED',
      what: { en: `${file} lies in the archive's directory`, zh: `${file} 位于离线包目录中` },
      fix: { en: expect.stringContaining('/mnt/usb/cloud.backup') },
    })
  expect(await readdir(directory)).toEqual([])
})

it('does not begin while another edgelift changes this machine', async () => {
  await using node = await commandTrial()
  await node.install(CLOUD)
  await using _other = await takeLock(`${node.root}/run/edgelift.lock`)
  await expect(node.type(backup, { file: `${node.root}/b` }, 'cloud')).rejects.toMatchObject({
    code: 'LOCKED',
  })
})
