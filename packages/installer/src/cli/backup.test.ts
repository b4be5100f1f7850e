import { copyFile, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { takeLock } from '@edgelift/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openRestore } from '../backup/restore.ts'
import { DATASTORE } from '../k3s/places.ts'
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

describe('a backup of a cloud that runs', () => {
  /** Stands for the SQLite of the archive's Node, which the Node of unit tests may not have: a copy is the file's content. */
  function sqliteDouble(): void {
    class DatabaseSync {
      readonly file: string
      constructor(file: string) {
        this.file = file
      }
      prepare() {
        return { get: () => ({ quick_check: 'ok' }) }
      }
      close() {}
    }
    const backup = (source: DatabaseSync, to: string) => copyFile(source.file, to)
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ DatabaseSync, backup } as never)
  }
  afterEach(() => vi.restoreAllMocks())

  async function backedUp(args: Readonly<Record<string, unknown>>) {
    sqliteDouble()
    const node = await commandTrial()
    const settings = { role: 'cloud', nodeName: 'cloud', nodeIp: '10.77.0.1' }
    await node.install({ ...CLOUD, settings })
    await node.put(DATASTORE, 'the datastore')
    await node.put('/words', 'five random words here now\n', 0o600)
    const file = `${node.root}/cloud.backup`
    const more = 'passphrase-file' in args ? { 'passphrase-file': `${node.root}/words` } : {}
    return { node, file, said: await node.type(backup, { file, ...more }, 'cloud') }
  }

  it('says that whoever reads one that is not sealed can take over the cluster', async () => {
    const { node, file, said } = await backedUp({})
    await using _node = node
    const { size } = await stat(file)
    expect(said.document).toMatchObject({ file, size, sealed: false, bundle: CLOUD.bundle, files: 2 })
    expect(said.notes).toEqual([expect.stringContaining('not sealed')])
    expect(said.en).toBe(`${file} (${size} B, ${CLOUD.bundle})`)
    const { record } = await openRestore(node.host, {
      file,
      passphrase: () => Promise.reject(new Error('?')),
    })
    expect(record).toMatchObject({ lock: CLOUD.lock, node: { name: 'cloud', ip: '10.77.0.1' } })
  })

  it('is opened by the passphrase in the file alone, which is told to nobody', async () => {
    const { node, file, said } = await backedUp({ 'passphrase-file': true })
    await using _node = node
    expect(said.document).toMatchObject({ sealed: true })
    expect(said.notes).toEqual([])
    expect(JSON.stringify([said, node.calls])).not.toContain('five random words')
    const open = (passphrase: string) => openRestore(node.host, { file, passphrase: async () => passphrase })
    expect((await open('five random words here now')).receipt).toMatchObject({ bundle: CLOUD.bundle })
    await expect(open('five random words here')).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' })
  })
})
