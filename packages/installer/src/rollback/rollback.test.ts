import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { copyFormer, dropCopies } from '../backup/former.ts'
import { listCopies } from '../backup/list-copies.ts'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { EDGE_CA, EDGE_CERTIFICATE, EDGE_KEY } from '../kubeedge/edgecore-config.ts'
import { linkTarget, replaceLink } from '../node/links.ts'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { certificatePair, type Pair } from '../testing/certificate.ts'
import { kineDouble } from '../testing/kine.ts'
import { runsFor } from '../testing/process.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { rollback } from './rollback.ts'
import { wayBack } from './way-back.ts'

/** An edge on release 1, whose upgrade to release 2 has failed. */
const OLD = 'docker.io/kubeedge/edgemesh-agent:v1'
const NEW = 'docker.io/kubeedge/edgemesh-agent:v2'
const EDGECORE = '/usr/local/bin/edgecore'
const UNIT = '/etc/systemd/system/edgecore.service'
const CONFIG = '/etc/kubeedge/config/edgecore.yaml'
const ADDED = '/usr/local/bin/added-by-2'
const HELM = '/usr/local/bin/helm'
const TITLE = { en: 'step', zh: '步骤' }

let on: Trial
let receipt: Receipt
let datastores: ReturnType<typeof kineDouble>
beforeEach(async () => {
  datastores = kineDouble()
  on = await trial()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await on[Symbol.asyncDispose]()
})

/** As steps replace files: the former one stays under its other name. */
async function replace(file: string, text: string): Promise<void> {
  await on.put(`${file}.new`, text, file.includes('/bin/') ? 0o755 : 0o644)
  await rename(path.join(on.root, `${file}.new`), path.join(on.root, file))
}

async function install(one: Receipt, files: Readonly<Record<string, string>>): Promise<Receipt> {
  const changes = await openHostChanges(on.host, one)
  const step = changes.of({ id: 'edgecore', title: TITLE })
  for (const [file, text] of Object.entries(files)) {
    await step.backup(file)
    await replace(file, text)
  }
  return changes.receipt()
}

/** As the step that links commands does: a link into the archive's directory. */
async function link(one: Receipt, archive: string): Promise<Receipt> {
  const changes = await openHostChanges(on.host, one)
  const change = { kind: 'link', path: HELM, to: `/data/${archive}/bin/helm` } as const
  const step = changes.of({ id: 'k3s-links', title: TITLE })
  await (step.has(change) ? step.revise(change) : step.record(change))
  await mkdir(path.join(on.root, '/usr/local/bin'), { recursive: true })
  await replaceLink(path.join(on.root, HELM), change.to)
  return changes.receipt()
}

/** @param rows of EdgeCore's database; an empty one is whole, and text is no database */
async function failUpgrade(rows = 'rows of'): Promise<void> {
  await on.put('/opt/theirs', 'theirs')
  const head = {
    ...HEAD,
    bundle: 'edge-1',
    directory: '/data/edge-1',
    images: [OLD],
    settings: { role: 'edge', cloud: { host: '255.255.255.255', hubPort: 10000 } }, // to which no route leads
  }
  const first = { ...receiptFor(head, undefined, BASELINE), completed: '2026-11-01T00:00:00.000Z' }
  await on.put(EDGE_DATABASE, rows && `${rows} 1`)
  const files = { [EDGECORE]: 'program 1', [UNIT]: 'unit 1', [CONFIG]: 'token: 1' }
  const installed = await link(await install(first, files), 'edge-1')
  const former = await copyFormer(on.host, installed, [OLD], copyFile)
  const second = receiptFor(
    { ...head, bundle: 'edge-2', lock: 'sha256:2', images: [OLD, NEW], former },
    { ...installed, completed: undefined },
    BASELINE,
  )
  const upgraded = await install(second, {
    [EDGECORE]: 'program 2 that crashes',
    [UNIT]: 'unit 2',
    [CONFIG]: 'token: 2',
    [ADDED]: 'x',
    '/opt/theirs': 'ours',
  })
  receipt = await link(upgraded, 'edge-2')
  await on.put(EDGE_DATABASE, rows && `${rows} 2`)
  await on.put(`${EDGE_DATABASE}-wal`, 'log of 2')
}

describe('the copy before an upgrade', () => {
  it('is root’s alone, holds programs as second names and data as copies, and is listed', async () => {
    await failUpgrade()
    const [copy] = await listCopies(on.host)
    expect(copy).toMatchObject({ record: { bundle: 'edge-1' } })
    const folder = path.join(on.root, copy?.folder ?? '')
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const of = (file: string) => copy?.record.files.find((one) => one.path === file)
    expect(of(EDGECORE)?.sha256).toBeUndefined()
    expect(of(CONFIG)).toMatchObject({ mode: 0o644, size: 8, sha256: expect.any(String) })
    expect((await stat(path.join(folder, of(CONFIG)?.name ?? ''))).mode & 0o777).toBe(0o600)
    expect(await on.text(`${copy?.folder}/files${EDGECORE}`)).toBe('program 1')
    await on.put('/var/lib/edgelift/copies/cut-off/files/x', 'x')
    expect(await listCopies(on.host)).toHaveLength(1)
    await dropCopies(on.host, copy?.folder)
    expect(await readdir(path.join(on.root, 'var/lib/edgelift/copies'))).toEqual([path.basename(folder)])
  })

  it('that cannot be made leaves nothing, and everything as it was', async () => {
    await failUpgrade()
    const before = await listCopies(on.host)
    await on.put('/var/lib/edgelift/copies/cut-off/files/x', 'x')
    const failing = copyFormer(on.host, { ...receipt, bundle: 'edge-2' }, [OLD], () =>
      Promise.reject(new Error('no')),
    )
    await expect(failing).rejects.toThrow('no')
    expect(await listCopies(on.host)).toEqual(before)
    expect(await readdir(path.join(on.root, 'var/lib/edgelift/copies'))).toHaveLength(1)
  })
})

describe('a rollback', () => {
  const manifest = { role: 'edge', settings: { sandboxImage: 'pause' } } as unknown as BundleManifest
  async function back(fails?: string): Promise<void> {
    const now = await readReceipt(on.host)
    if (now === undefined) throw new Error('no receipt')
    const found = await wayBack(on.host, now)
    on.script('systemctl', (args) => (args[0] === fails ? { code: 1, stderr: 'no' } : ''))
    await rollback({
      host: on.host,
      directory: path.join(on.root, 'data/edge-2'),
      manifest,
      back: found,
      receipt: now,
      report: (event) => void on.events.push(event),
      signal: new AbortController().signal,
    })
  }
  /** Waiting for containerd is what a machine without one cannot do: the rollback stops there. */
  const untilStart = () => expect(back('enable')).rejects.toMatchObject({ code: 'COMMAND_FAILED' })

  it.each([
    ['is there', true, 'edge-1'],
    ['was deleted', false, 'edge-2'],
  ])('leads a link into the former archive when that %s', async (_state, isThere, archive) => {
    await failUpgrade()
    if (isThere) await on.put('/data/edge-1/bin/helm')
    await untilStart()
    const to = `/data/${archive}/bin/helm`
    expect(await linkTarget(on.host, HELM)).toBe(to)
    const now = await readReceipt(on.host)
    expect(now?.steps.flatMap(({ changes }) => changes)).toContainEqual({ kind: 'link', path: HELM, to })
  })

  it('puts programs, configuration and data back, removes what was added, and may be run again', async () => {
    await failUpgrade()
    for (let run = 0; run < 2; run++) {
      await untilStart()
      expect(await on.text(EDGECORE)).toBe('program 1')
      expect((await stat(path.join(on.root, EDGECORE))).mode & 0o777).toBe(0o755)
      expect([await on.text(UNIT), await on.text(CONFIG)]).toEqual(['unit 1', 'token: 1'])
      expect([await on.text(EDGE_DATABASE), await on.text(`${EDGE_DATABASE}-wal`)]).toEqual([
        'rows of 1',
        undefined,
      ])
      expect(await on.text(ADDED)).toBeUndefined()
      expect(await on.text('/opt/theirs')).toBe('theirs')
      // Both releases are named until the end: an upgrade that is tried again now keeps the way back.
      expect(await readReceipt(on.host)).toMatchObject({ bundle: 'edge-2', former: { bundle: 'edge-1' } })
      await replace(EDGECORE, 'half of')
    }
  })

  describe('of an edge that got its certificate', () => {
    const [CA, CRT, KEY] = [EDGE_CA, EDGE_CERTIFICATE, EDGE_KEY]
    const [then, now] = [certificatePair('system:node:edge-1'), certificatePair('system:node:edge-1')]
    async function hold({ certificate, key }: Pair, ca: string): Promise<void> {
      await on.put(CRT, certificate)
      await on.put(KEY, key, 0o600)
      await on.put(CA, ca)
    }
    const held = () => Promise.all([CRT, KEY, CA].map((file) => on.text(file)))

    it('made again since the copy, keeps it: the cloud may know the former one no more', async () => {
      await hold(then, 'the former cloud')
      await failUpgrade()
      await hold(now, 'the cloud')
      await untilStart()
      expect(await held()).toEqual([now.certificate, now.key, 'the cloud'])
      expect(await on.text(CONFIG)).toBe('token: 1')
    })

    it('and lost it since, brings that of the copy back', async () => {
      await hold(then, 'the cloud')
      await failUpgrade()
      await hold({ ...now, key: 'half of' }, 'the cloud')
      await untilStart()
      expect(await held()).toEqual([then.certificate, then.key, 'the cloud'])
    })

    it('keeps it also where the file with its cloud’s CA alone is gone', async () => {
      await hold(then, 'the cloud')
      await failUpgrade()
      await hold(now, 'the cloud')
      await rm(path.join(on.root, CA))
      await untilStart()
      expect(await held()).toEqual([now.certificate, now.key, 'the cloud'])
    })
  })

  describe('whose cloud is away', () => {
    const CTR = '/usr/local/bin/ctr -n k8s.io'
    const [SOCKET, CONTAINERD] = ['/run/containerd/containerd.sock', 'containerd.service']
    /** What the upgrade kept of release 1, under names that say which one: by the beginning of its lock. */
    const kept = `edgelift.local/${HEAD.lock.replace('sha256:', '')}/${OLD}`

    async function bringBack(): Promise<void> {
      await on.put(SOCKET)
      for (const unit of [CONTAINERD, 'edgecore.service']) await runsFor(on, unit, 60)
      on.script('systemctl is-active edgecore.service containerd.service', 'inactive\ninactive')
      on.script(CTR, '')
      on.script(`${CTR} version`, 'Server:\n  Version:  v2.1.5\n')
      on.script(`${CTR} images ls`, () => {
        const isBack = on.calls.some((line) => line.includes('images tag') && line.endsWith(` ${OLD}`))
        const names = [...(isBack ? [] : [kept]), OLD, NEW]
        return ['REF TYPE DIGEST', ...names.map((name, at) => `${name} t sha256:${at}`)].join('\n')
      })
      await back()
    }

    it('ends with the former release: containerd first, then its images by their names, then EdgeCore', async () => {
      const identity = certificatePair('system:node:edge-1')
      await on.put(EDGE_CERTIFICATE, identity.certificate)
      await on.put(EDGE_KEY, identity.key, 0o600)
      await failUpgrade('')
      await bringBack()
      const order = [
        'systemctl stop edgecore.service containerd.service',
        `systemctl enable ${CONTAINERD}`,
        `${CTR} images tag --force ${kept} ${OLD}`,
        `${CTR} images rm ${kept}`,
        'systemctl enable edgecore.service',
        `${CTR} images rm ${NEW}`,
      ]
      expect(on.calls.filter((line) => order.includes(line))).toEqual(order)
      expect(on.events).toContainEqual(
        expect.objectContaining({
          text: { en: expect.stringContaining('unreachable'), zh: expect.any(String) },
        }),
      )
      const after = await readReceipt(on.host)
      expect(after).toMatchObject({ bundle: 'edge-1', completed: '2026-11-01T00:00:00.000Z', images: [OLD] })
      expect(after?.former).toBeUndefined()
      expect(await listCopies(on.host)).toEqual([])
    })
  })

  it('stops what runs on the files before it touches them', async () => {
    await failUpgrade()
    let program: string | undefined
    on.script('systemctl stop', async () => {
      program = await on.text(EDGECORE)
      return ''
    })
    await expect(back('enable')).rejects.toBeDefined()
    expect(program).toBe('program 2 that crashes')
    expect(on.calls).toContain('systemctl stop edgecore.service containerd.service')
  })

  it('is refused, with nothing touched, when the copy was changed or there is none', async () => {
    await failUpgrade()
    const [copy] = await listCopies(on.host)
    await on.put(`${copy?.folder}/files${CONFIG}`, 'token: 9', 0o600)
    await expect(back()).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await on.text(EDGECORE)).toBe('program 2 that crashes')
    const { former: _former, ...without } = receipt
    await expect(wayBack(on.host, without)).rejects.toMatchObject({ code: 'ROLLBACK_IMPOSSIBLE' })
    await expect(wayBack(on.host, undefined)).rejects.toMatchObject({ code: 'ROLLBACK_IMPOSSIBLE' })
    const only = { ...receipt, kubeEdgeOnly: { kubeconfig: '/k' } }
    await expect(wayBack(on.host, only)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      fix: { en: 'run sudo ./install-kubeedge-only.sh in the directory of edge-1' },
    })
    const { former: _gone, ...through } = only
    await expect(wayBack(on.host, through)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      fix: { en: expect.stringContaining('sudo ./install-kubeedge-only.sh --allow-downgrade in the dir') },
    })
  })
})

describe('a rollback of a cloud', () => {
  const STATE = '/var/lib/rancher/k3s/server/db/state.db'
  const K3S = '/usr/local/bin/k3s'
  const head = {
    ...HEAD,
    role: 'cloud' as const,
    bundle: 'cloud-1',
    settings: { role: 'cloud' },
    node: { name: 'c' },
  }

  async function upgradeOf(images: string[] | undefined) {
    const first = receiptFor({ ...head, ...(images ? { images } : {}) }, undefined, BASELINE)
    await on.put(STATE, 'the cluster of 1, at revision 9')
    const laid = await install({ ...first, completed: 'x' }, { [K3S]: 'program 1' })
    const old = await openHostChanges(on.host, laid)
    const of1 = old.of({ id: 'mesh', title: TITLE })
    await of1.record({ kind: 'unit', unit: 'of-both.service', programs: ['/opt/1/'] })
    const installed = old.receipt()
    await on.put('/data/kubeedge-edge-1.22.0-amd64/edgemesh-psk.txt', 'a key of sixteen bytes')
    const former = await copyFormer(on.host, installed, [OLD], copyFile)
    const next = { ...head, bundle: 'cloud-2', lock: 'sha256:2', images: [OLD, NEW], former }
    const second = await install(receiptFor(next, installed, BASELINE), { [K3S]: 'program 2' })
    const changes = await openHostChanges(on.host, second)
    const later = changes.of({ id: 'later', title: TITLE })
    await later.record({ kind: 'folder', path: '/made/by/2' })
    await later.record({ kind: 'unit', unit: 'only-of-2.service', programs: ['/opt/2/'] })
    await on.put(STATE, 'the cluster of 2')
    return { installed, receipt: changes.receipt() }
  }

  async function rollBack(now: Receipt) {
    const ok = { code: 0, stdout: '' }
    on.script('systemctl', ok)
    for (const unit of ['of-both.service', 'k3s.service']) await runsFor(on, unit, 10)
    on.script('systemctl is-active k3s.service of-both.service', 'inactive\ninactive')
    on.script(`${K3S} kubectl`, (args) =>
      args.includes('pods') ? '' : `True ${new Date(Date.now()).toISOString()}`,
    )
    on.script(
      `${K3S} ctr -n k8s.io images ls`,
      `REF TYPE DIGEST\n${OLD} t sha256:1 io.cri-containerd.pinned=pinned\n${NEW} t sha256:2`,
    )
    on.script(`${K3S} ctr -n k8s.io images check`, `REF\n${OLD} complete (1/1)`)
    on.script(`${K3S} ctr -n k8s.io images rm`, '')
    on.script(`${K3S} ctr -n k8s.io containers ls`, '')
    await rollback({
      host: on.host,
      directory: '/data/cloud-2',
      manifest: { role: 'cloud', charts: [] } as unknown as BundleManifest,
      back: await wayBack(on.host, now),
      receipt: now,
      report: (event) => void on.events.push(event),
      signal: new AbortController().signal,
    })
  }

  it('ends with the former release as the one that is installed, and nothing of the other one', async () => {
    const { installed, receipt: now } = await upgradeOf([OLD])
    await rollBack(now)
    expect([await on.text(K3S), await on.text(STATE)]).toEqual([
      'program 1',
      'the cluster of 1, at revision 9',
    ])
    const after = await readReceipt(on.host)
    expect(after).toMatchObject({ bundle: 'cloud-1', lock: installed.lock, completed: 'x', images: [OLD] })
    expect(after?.former).toBeUndefined()
    expect(on.calls).toContain('systemctl disable only-of-2.service')
    // The other release may have taken it away: it starts at boot again.
    const ofBoth = on.calls.filter((line) => /^systemctl (enable|start) .*of-both/.test(line))
    expect(ofBoth).toEqual(['systemctl enable of-both.service', 'systemctl start --no-block of-both.service'])
    expect(JSON.stringify(after?.steps)).not.toContain('only-of-2')
    // A cleanup still takes back what the other release did besides.
    expect(JSON.stringify(after?.steps)).toContain('/made/by/2')
    expect(on.calls.filter((line) => line.includes('images rm'))).toEqual([
      `${K3S} ctr -n k8s.io images rm ${NEW}`,
    ])
    expect(await listCopies(on.host)).toEqual([])
  })

  /** The revisions to which datastores were raised, each in a file that was not the datastore yet. */
  const raised = () =>
    datastores.map(({ file, sql }) => {
      expect(file).not.toBe(path.join(on.root, STATE))
      return Number(/'gap-(\d+)'/.exec(sql)?.[1])
    })

  // What goes on running on this node has seen revisions that the former datastore has still to reach.
  it('puts no datastore back that gives out revisions again', async () => {
    const { receipt: now } = await upgradeOf([OLD])
    await on.put(STATE, 'the cluster of 2, at revision 500')
    await rollBack(now)
    expect(raised()).toEqual([1_000_000_500])
  })

  it('gives out higher ones again when it was cut off after K3s had gone on from what was put back', async () => {
    const { receipt: now } = await upgradeOf([OLD])
    on.script('systemctl start --no-block of-both.service', { code: 1, stderr: 'cut off' })
    await expect(rollBack(now)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(raised()).toEqual([1_000_000_009])
    await on.put(STATE, 'the cluster of 1, at revision 1000000800 by now')
    on.script('systemctl start --no-block of-both.service', '')
    on.calls.length = 0 // of which is told whether K3s has been restarted
    await rollBack(now)
    expect(raised()).toEqual([1_000_000_009, 2_000_000_800])
  })

  it('takes the copy’s own revision where a datastore is gone', async () => {
    const { receipt: now } = await upgradeOf([OLD])
    await rm(path.join(on.root, STATE))
    await rollBack(now)
    expect(raised()).toEqual([1_000_000_009])
  })

  it('leaves a receipt that the version of edgelift which wrote it can read', async () => {
    const { installed, receipt: now } = await upgradeOf(undefined)
    await rollBack(now)
    expect(Object.keys((await readReceipt(on.host)) ?? {}).sort()).toEqual(Object.keys(installed).sort())
  })
})
