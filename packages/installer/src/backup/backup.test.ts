import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { BundleManifest } from '@edgelift/bundle'
import type { CommandContext } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { restoreOf } from '../cli/restore.ts'
import { DATASTORE } from '../k3s/places.ts'
import { RESTORE_FOLDER, removeCopies } from '../state/copies.ts'
import { receiptFor } from '../state/host-changes.ts'
import { hasMarker } from '../state/markers.ts'
import type { Receipt } from '../state/receipt.ts'
import { kineDouble } from '../testing/kine.ts'
import { apply, BASELINE, check, HEAD, type Trial, trial } from '../testing/trial.ts'
import { type BackUp, backUpCloud } from './back-up.ts'
import { parseCopiedReceipt, parseRecord } from './copy.ts'
import { checkRestore, forgetRestore, openRestore, unfinishedRestore } from './restore.ts'
import { RESTORED, restoreCluster } from './restore-step.ts'

const SERVER = '/var/lib/rancher/k3s/server'
const PASSPHRASE = 'five random words here now'
const RECEIPT = {
  ...receiptFor(
    {
      ...HEAD,
      role: 'cloud',
      bundle: 'kubeedge-cloud-1',
      directory: '/data/old',
      settings: { role: 'cloud' },
    },
    undefined,
    BASELINE,
  ),
  completed: '2026-11-01T00:00:00.000Z',
}
const NODE = { name: 'cloud', ip: '10.77.0.1' }
/** What the cloud of these tests has, but for its datastore. */
const FILES = {
  [`${SERVER}/token`]: 'K10abc::server:secret\n',
  [`${SERVER}/tls/server-ca.key`]: 'a key\n',
  [`${SERVER}/cred/passwd`]: 'x',
  '/etc/rancher/node/password': 'p',
  '/etc/rancher/k3s/registries.yaml': 'mirrors: {}\n',
  '/etc/rancher/k3s/config.yaml.d/10-kubelet.yaml': 'kubelet-arg: [max-pods=50]\n',
  '/data/old/edgemesh-psk.txt': 'cHJlLXNoYXJlZC1rZXktb2YtZWRnZW1lc2g=\n',
  '/data/old/install.yaml': 'nodeIp: 10.77.0.1\n',
}

let old: Trial
let fresh: Trial
let file = ''
let changes: ReturnType<typeof kineDouble>
beforeEach(async () => {
  changes = kineDouble()
  old = await trial()
  fresh = await trial()
  fresh.script('systemctl is-active', { code: 4, stdout: 'inactive\n' })
  file = path.join(old.root, 'cloud.backup')
  for (const [place, text] of Object.entries(FILES)) await old.put(place, text, 0o600)
  await old.put(DATASTORE, 'the datastore')
  await old.put(`${DATASTORE}-wal`, 'its log')
  await old.put(`${SERVER}/manifests/coredns.yaml`, 'written again at each start')
  await old.put('/var/lib/edgelift/receipt.json', JSON.stringify(RECEIPT), 0o600)
  await symlink(`${SERVER}/token`, path.join(old.root, SERVER, 'node-token'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await old[Symbol.asyncDispose]()
  await fresh[Symbol.asyncDispose]()
})

const { signal } = new AbortController()
const backUp = (passphrase?: string, more: Partial<BackUp> = {}) =>
  backUpCloud({
    ...{ host: old.host, receipt: RECEIPT, node: NODE, target: { file, passphrase }, signal },
    ...{ copyDatabase: copyFile, ...more },
  })
const opening = (name = file, passphrase = PASSPHRASE) => ({ file: name, passphrase: async () => passphrase })
const restoreFresh = async () => {
  const run = await fresh.run()
  const step = restoreCluster({ from: RESTORE_FOLDER, pskFile: null })
  return { run, step, isDone: () => check(run, step), apply: () => apply(run, step) }
}

describe('a backup', () => {
  it('is root’s alone, leaves nothing beside it, and replaces an earlier one', async () => {
    await writeFile(file, 'an earlier one', { mode: 0o644 })
    const { size, record } = await backUp()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(size).toBe((await stat(file)).size)
    expect(record.files.map((one) => one.path).sort()).toEqual(
      [...Object.keys(FILES), DATASTORE, '/var/lib/edgelift/receipt.json'].sort(),
    )
    expect(await readdir(path.join(old.root, 'var/lib/edgelift'))).toEqual(['receipt.json'])
  })

  it('is a tar that other tools read, unless it is sealed', async () => {
    await backUp()
    expect(gunzipSync(await readFile(file)).includes('a key')).toBe(true)
    await backUp(PASSPHRASE)
    expect((await readFile(file)).subarray(0, 18).toString()).toBe('edgelift-backup/v1')
  })

  it('that cannot be written leaves the earlier one', async () => {
    await writeFile(file, 'an earlier one')
    const copyDatabase = () => Promise.reject(new Error('SQLITE_CORRUPT'))
    await expect(backUp(undefined, { copyDatabase })).rejects.toThrow('SQLITE_CORRUPT')
    expect(await readFile(file, 'utf8')).toBe('an earlier one')
    expect(await readdir(path.join(old.root, 'var/lib/edgelift'))).toEqual(['receipt.json'])
  })
})

describe('a backup that a signal stops', () => {
  /** Aborts as soon as something is being written beside the earlier backup. */
  async function stopWhileWriting(passphrase: string | undefined): Promise<void> {
    const stop = new AbortController()
    await old.put(DATASTORE, randomBytes(24 * 1024 * 1024).toString('latin1'))
    const watch = setInterval(async () => {
      const names = await readdir(old.root)
      if (names.some((name) => name.startsWith('.edgelift-'))) stop.abort(new Error('stopped'))
    }, 1)
    try {
      await expect(backUp(passphrase, { signal: stop.signal })).rejects.toThrow('stopped')
    } finally {
      clearInterval(watch)
    }
  }

  it.each([undefined, PASSPHRASE])(
    'ends at once, and leaves the earlier one and no secret (passphrase: %s)',
    async (passphrase) => {
      await writeFile(file, 'an earlier one')
      const before = await readdir(old.root)
      await stopWhileWriting(passphrase)
      expect(await readFile(file, 'utf8')).toBe('an earlier one')
      expect(await readdir(old.root)).toEqual(before)
      expect(await readdir(path.join(old.root, 'var/lib/edgelift'))).toEqual(['receipt.json'])
    },
  )
})

describe('a restore', () => {
  it.each([undefined, PASSPHRASE])(
    'puts everything where it was, in the new directory (passphrase: %s)',
    async (passphrase) => {
      await backUp(passphrase)
      const restore = await openRestore(fresh.host, opening())
      expect(restore.record).toMatchObject({ node: NODE, bundle: 'kubeedge-cloud-1' })
      expect(restore.receipt).toEqual(RECEIPT)
      expect(await fresh.text(`${RESTORE_FOLDER}/copy.json`)).toBeUndefined()
      await restore.unpack()
      await fresh.put(`${DATASTORE}-wal`, 'the log of another database')
      await fresh.put('/data/archive/edgemesh-psk.txt', 'the key of another cluster')
      const step = await restoreFresh()
      expect(await step.isDone()).toBe(false)
      await step.apply()
      expect(await step.isDone()).toBe(true)
      for (const [place, text] of Object.entries(FILES))
        expect(await fresh.text(place.replace('/data/old', '/data/archive')), place).toBe(text)
      expect(await fresh.text(DATASTORE)).toBe('the datastore')
      expect(await fresh.text(`${DATASTORE}-wal`)).toBeUndefined()
      // Whoever has watched the former datastore hears of nothing below the revision that it has seen.
      expect(changes).toEqual([
        {
          file: expect.stringContaining(
            path.join(fresh.root, path.dirname(DATASTORE), '.edgelift-state.db-'),
          ),
          sql: expect.stringContaining("VALUES (1000000007, 'gap-1000000007'"),
        },
      ])
      expect(await readlink(path.join(fresh.root, SERVER, 'node-token'))).toBe(`${SERVER}/token`)
      expect(fresh.calls).toContain('systemctl stop k3s.service')
      expect((await stat(path.join(fresh.root, SERVER, 'token'))).mode & 0o777).toBe(0o600)
    },
  )

  it('lays the settings that others had given to K3s, but none over this machine’s own, and says so', async () => {
    const registries = '/etc/rancher/k3s/registries.yaml'
    await backUp()
    await (await openRestore(fresh.host, opening())).unpack()
    await fresh.put(registries, 'mirrors: {theirs: {}}\n')
    const restore = await restoreFresh()
    await restore.apply()
    expect(await fresh.text(registries)).toBe('mirrors: {theirs: {}}\n')
    // A cleanup takes back what was laid, and leaves what was there.
    const laid = (kind: 'file', name: string) => restore.run.changes.has({ kind, path: name })
    expect(
      ['/etc/rancher/k3s/config.yaml.d/10-kubelet.yaml', registries].map((one) => laid('file', one)),
    ).toEqual([true, false])
    expect(fresh.events).toMatchObject([{ type: 'note', level: 'warning' }])
    expect(JSON.stringify(fresh.events)).toContain('10-kubelet.yaml')
    expect(JSON.stringify(fresh.events)).not.toContain(registries)
  })

  it('goes on after it was cut off anywhere, also without its file, and forgets it at the end', async () => {
    await backUp()
    const restore = await openRestore(fresh.host, opening())
    await restore.unpack()
    const step = await restoreFresh()
    await step.apply()
    // Once K3s may have started, no later run puts the backup over what the cluster has become.
    const { run: _run, ...later } = await restoreFresh()
    expect(await later.isDone()).toBe(true)
    await rm(path.join(fresh.root, 'var/lib/edgelift/marks'), { recursive: true })
    await fresh.put(DATASTORE, 'half of it')
    expect((await unfinishedRestore(fresh.host))?.receipt).toEqual(RECEIPT)
    await step.apply()
    expect(await fresh.text(DATASTORE)).toBe('the datastore')
    await forgetRestore(fresh.host)
    expect(await hasMarker(fresh.host, RESTORED)).toBe(false)
    expect(await unfinishedRestore(fresh.host)).toBeUndefined()
  })

  it('that a disk has damaged is refused, and gives way to the backup that is named', async () => {
    await backUp()
    await (await openRestore(fresh.host, opening())).unpack()
    await fresh.put(`${RESTORE_FOLDER}/files/var/lib/edgelift/receipt.json`, '{')
    const refusal = { code: 'BACKUP_DAMAGED', because: { zh: expect.stringContaining('receipt.json') } }
    await expect(unfinishedRestore(fresh.host)).rejects.toMatchObject(refusal)
    await fresh.put(`${RESTORE_FOLDER}/copy.json`, '{')
    await expect(unfinishedRestore(fresh.host)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    const manifest = { name: 'kubeedge-cloud-1', lock: HEAD.lock, role: 'cloud' } as unknown as BundleManifest
    const place = { host: fresh.host, manifest, receipt: undefined, only: false }
    const named = restoreOf({ restore: file }, place, {} as unknown as CommandContext)
    await expect(named).rejects.toMatchObject({ code: 'RESTORE_REFUSED' }) // for this machine's address
    await (await openRestore(fresh.host, opening())).unpack()
    expect((await unfinishedRestore(fresh.host))?.receipt).toEqual(RECEIPT)
  })

  it('that was cut off before its receipt leaves no key behind a cleanup', async () => {
    expect(await removeCopies(fresh.host)).toBe(false)
    await backUp()
    await (await openRestore(fresh.host, opening())).unpack()
    expect(await fresh.text('/var/lib/edgelift/receipt.json')).toBeUndefined()
    expect(await removeCopies(fresh.host)).toBe(true)
    expect(await readdir(path.join(fresh.root, 'var/lib/edgelift'))).toEqual([])
  })

  it('is the one that was checked: another one in its place is not unpacked', async () => {
    await backUp()
    const { unpack } = await openRestore(fresh.host, opening())
    await backUp(undefined, { node: { ...NODE, ip: '10.77.0.9' } })
    await expect(unpack()).rejects.toMatchObject({
      ...{ code: 'BACKUP_DAMAGED', what: { en: expect.stringContaining(file) } },
      because: { en: expect.stringContaining('another backup') },
    })
    expect(await unfinishedRestore(fresh.host)).toBeUndefined()
  })

  it('whose unpacked files a disk has changed since is refused before K3s is stopped or any of it laid down', async () => {
    await backUp()
    await (await openRestore(fresh.host, opening())).unpack()
    await fresh.put(`${RESTORE_FOLDER}/files${SERVER}/tls/server-ca.key`, 'a kez\n')
    fresh.calls.length = 0
    const step = await restoreFresh()
    await expect(step.apply()).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      because: { en: expect.stringContaining('server-ca.key') },
    })
    expect(await fresh.text(`${SERVER}/token`)).toBeUndefined()
    expect(fresh.calls).toEqual([])
    expect(await step.isDone()).toBe(false)
  })

  it('is unpacked in place of another one that an interrupted run has left, and not again over itself', async () => {
    await backUp()
    await (await openRestore(fresh.host, opening())).unpack()
    await old.put(`${SERVER}/token`, 'K10def::server:later\n', 0o600)
    await backUp()
    const later = await openRestore(fresh.host, opening())
    await later.unpack()
    const token = `${RESTORE_FOLDER}/files${SERVER}/token`
    expect(await fresh.text(token)).toBe('K10def::server:later\n')
    expect((await unfinishedRestore(fresh.host))?.record).toEqual(later.record)
    const { ino } = await stat(path.join(fresh.root, token))
    await later.unpack()
    expect((await stat(path.join(fresh.root, token))).ino).toBe(ino)
  })

  it("leaves the operator's own PSK file, and writes nowhere else", async () => {
    await old.put('/root/psk', 'the key of this cluster\n')
    await backUp(undefined, { receipt: { ...RECEIPT, settings: { role: 'cloud', pskFile: '/root/psk' } } })
    await (await openRestore(fresh.host, opening())).unpack()
    const run = await fresh.run()
    await apply(run, restoreCluster({ from: RESTORE_FOLDER, pskFile: '/root/psk' }))
    expect(await fresh.text('/root/psk')).toBe('the key of this cluster\n')
    await fresh.put('/root/psk', 'theirs')
    await apply(run, restoreCluster({ from: RESTORE_FOLDER, pskFile: '/root/psk' }))
    expect(await fresh.text('/root/psk')).toBe('theirs')
    expect(await fresh.text('/var/lib/edgelift/receipt.json')).not.toContain('kubeedge-cloud-1')
  })

  it('has the PSK itself where its file is a link, and a link that leads nowhere as one', async () => {
    const receipt: Receipt = { ...RECEIPT, settings: { role: 'cloud', pskFile: '/root/psk' } }
    const copied = async () => {
      await backUp(undefined, { receipt })
      await (await openRestore(fresh.host, opening())).unpack()
    }
    await old.put('/srv/secrets/psk', 'the key of this cluster\n', 0o600)
    await mkdir(path.join(old.root, 'root'))
    await symlink('../srv/secrets/psk', path.join(old.root, '/root/psk'))
    await copied()
    await apply(await fresh.run(), restoreCluster({ from: RESTORE_FOLDER, pskFile: '/root/psk' }))
    expect(await fresh.text('/root/psk')).toBe('the key of this cluster\n')
    expect(await fresh.text('/srv/secrets/psk')).toBeUndefined()
    await rm(path.join(old.root, '/srv/secrets/psk'))
    await copied()
    expect((await openRestore(fresh.host, opening())).record.links).toContainEqual({
      path: '/root/psk',
      to: '../srv/secrets/psk',
    })
  })

  it('refuses a file that was changed, cut off or is something else, before anything is written', async () => {
    await backUp()
    const bytes = await readFile(file)
    const tar = gunzipSync(bytes)
    const inTar = (words: string, to: string) => {
      const copy = Buffer.from(tar)
      copy.write(to, copy.indexOf(words))
      return gzipSync(copy)
    }
    const bad: readonly [string, Buffer][] = [
      ['BACKUP_DAMAGED', bytes.subarray(0, bytes.length - 9)],
      ['BACKUP_DAMAGED', bytes.subarray(0, 200)],
      ['BACKUP_DAMAGED', Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(20), bytes.subarray(120)])],
      ['BACKUP_DAMAGED', inTar('the datastore', 'THE datastore')],
      ['BACKUP_DAMAGED', inTar('edgelift/copy/v1', 'edgelift/copy/v9')],
      ['BACKUP_DAMAGED', inTar(`"path": "${SERVER}/token"`, `"path": "/../../../../../../../x/token"`)],
      ['BACKUP_DAMAGED', inTar(`"path": "${SERVER}/node-token"`, `"path": "${SERVER}/../../../x"`)],
      ['BACKUP_DAMAGED', inTar(`"path": "${SERVER}/node-token"`, `"path": "${SERVER}/n\\u0000tok"`)],
      ['BACKUP_DAMAGED', inTar('"mode": 384', '"mode": -84')],
      ['BACKUP_DAMAGED', inTar('"uid": 0', '"uid":-1')],
      ['BACKUP_DAMAGED', inTar(`"path": "${SERVER}/node-token"`, `"path":      "${SERVER}/token"`)],
      ['BACKUP_DAMAGED', gzipSync(tar.subarray(0, tar.length - 512))],
      ['BACKUP_DAMAGED', gzipSync(Buffer.concat([tar, Buffer.alloc(512)]))],
      ['BACKUP_DAMAGED', gzipSync('another file')],
      ['NOT_A_BACKUP', Buffer.from('nodeIp: 10.77.0.1\n')],
      ['NOT_A_BACKUP', Buffer.alloc(0)],
      ['RESTORE_REFUSED', Buffer.from('edgelift-backup/v2 argon2id,3,65536\n')],
    ]
    for (const [code, content] of bad) {
      const name = path.join(old.root, 'bad')
      await writeFile(name, content)
      await expect(openRestore(fresh.host, opening(name)), `${content.length}`).rejects.toMatchObject({
        code,
      })
    }
    await mkdir(path.join(old.root, 'folder'))
    await expect(openRestore(fresh.host, opening(path.join(old.root, 'folder')))).rejects.toMatchObject({
      code: 'FILE_NOT_REGULAR',
    })
    await backUp(PASSPHRASE)
    await expect(openRestore(fresh.host, opening(file, 'another one'))).rejects.toMatchObject({
      code: 'PASSPHRASE_WRONG',
    })
    expect(await readdir(fresh.root)).toEqual(['run'])
  })

  it('of an edgelift that knows more names the archive that wrote it; it is not called damaged', async () => {
    const later = { format: 'edgelift/copy/v9', edgelift: '9.0.0', bundle: 'site-cloud-9-amd64' }
    const refusal = {
      code: 'RESTORE_REFUSED',
      fix: expect.objectContaining({ en: expect.stringContaining(later.bundle) }),
    }
    expect(() => parseRecord(JSON.stringify(later), file)).toThrow(expect.objectContaining(refusal))
    const receipt = JSON.stringify({ ...RECEIPT, ...later, format: RECEIPT.format, tomorrow: true })
    expect(() => parseCopiedReceipt(receipt, file)).toThrow(expect.objectContaining(refusal))
    expect(() => parseCopiedReceipt('{', file)).toThrow(expect.objectContaining({ code: 'BACKUP_DAMAGED' }))
  })

  it('is refused on another address, release or installation, with the way out', async () => {
    await backUp()
    const restore = await openRestore(fresh.host, opening())
    const manifest = { name: 'kubeedge-cloud-1', lock: HEAD.lock, role: 'cloud' } as const
    const target = { manifest, addresses: ['127.0.0.1', '10.77.0.1'], installed: undefined }
    checkRestore(restore, target)
    const fixOf = (changed: Partial<typeof target> | { installed: string }) => {
      try {
        checkRestore(restore, { ...target, ...changed })
        return undefined
      } catch (error) {
        return (error as { fix?: { en: string } }).fix?.en
      }
    }
    expect(fixOf({ addresses: ['10.77.0.9'] })).toContain('10.77.0.1')
    expect(fixOf({ manifest: { ...manifest, lock: 'sha256:9' } })).toContain('kubeedge-cloud-1')
    expect(fixOf({ installed: 'kubeedge-cloud-1' })).toContain('cleanup.sh')
  })
})
