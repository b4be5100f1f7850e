import { createHash } from 'node:crypto'
import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFLIST_FILE, CONTAINERD_UNIT_FILE } from '../containerd/files.ts'
import { K3S_UNIT_FILE } from '../k3s/files.ts'
import { EDGECORE_UNIT_FILE } from '../kubeedge/edgecore-files.ts'
import type { Change, ChangeOf } from '../state/change.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { undoImages } from '../uninstall/undo-image.ts'
import { type FoundInstallation, rebuiltReceipt } from './lost-receipt.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const integrity = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
function manifest(role: 'cloud' | 'edge', files: Record<string, string>): BundleManifest {
  return {
    role,
    platform: 'linux/amd64',
    settings: { sandboxImage: '' },
    files: Object.entries(files).map(([name, text]) => ({ path: name, integrity: integrity(text) })),
  } as unknown as BundleManifest
}
const rebuilt = (of: BundleManifest) =>
  rebuiltReceipt({ host: on.host, directory: '/data/archive', manifest: of })
const changes = (found: FoundInstallation | undefined): Change[] =>
  found?.steps.flatMap((step) => step.changes) ?? []
const filesOf = (found: FoundInstallation | undefined) =>
  changes(found).flatMap((change) => (change.kind === 'file' || change.kind === 'link' ? [change.path] : []))

it('finds nothing on a machine whose units are somebody else’s', async () => {
  await on.put(K3S_UNIT_FILE.to, '[Unit]\nDescription=Lightweight Kubernetes\n')
  expect(await rebuilt(manifest('cloud', {}))).toBeUndefined()
  expect(await rebuilt(manifest('edge', {}))).toBeUndefined()
})

describe('a cloud', () => {
  it('is known by its unit; what bears the archive’s digest or edgelift’s sign is taken for its own', async () => {
    await on.put(K3S_UNIT_FILE.to, K3S_UNIT_FILE.content)
    await on.put('/usr/local/bin/k3s', 'k3s')
    await on.put('/usr/local/bin/keadm', 'of the operator')
    await on.put('/etc/rancher/k3s/config.yaml', '# Written by edgelift.\n')
    await on.put('/etc/rancher/k3s/resolv.conf', 'nameserver 10.0.0.1\n')
    await mkdir(path.join(on.root, '/usr/local/bin'), { recursive: true })
    await symlink('k3s', path.join(on.root, '/usr/local/bin/ctr'))
    await on.put('/data/other-release/installer.mjs')
    await symlink('/data/other-release/bin/helm', path.join(on.root, '/usr/local/bin/helm'))
    await symlink('/opt/kubectl', path.join(on.root, '/usr/local/bin/kubectl'))
    const found = await rebuilt(manifest('cloud', { 'k3s-amd64': 'k3s', keadm: 'keadm' }))
    expect(filesOf(found)).toEqual([
      '/usr/local/bin/k3s',
      '/etc/rancher/k3s/config.yaml',
      K3S_UNIT_FILE.to,
      '/usr/local/bin/ctr',
      '/usr/local/bin/helm',
    ])
    expect(changes(found)).toContainEqual({ kind: 'tree', path: '/var/lib/rancher/k3s', keep: ['storage'] })
    expect(changes(found).at(-1)).toMatchObject({ kind: 'unit', unit: 'k3s.service' })
  })

  it('has its folders after what is in them, so that they go when they are empty', async () => {
    await on.put(K3S_UNIT_FILE.to, K3S_UNIT_FILE.content)
    const paths = changes(await rebuilt(manifest('cloud', {}))).flatMap((change) =>
      change.kind === 'folder' || change.kind === 'tree' ? [change.path] : [],
    )
    expect(paths.indexOf('/etc/rancher')).toBeLessThan(paths.indexOf('/etc/rancher/k3s'))
    expect(paths).not.toContain('/')
  })
})

describe('an edge', () => {
  const edge = manifest('edge', { 'bin/containerd': 'containerd', edgecore: 'edgecore' })
  beforeEach(async () => {
    await on.put(EDGECORE_UNIT_FILE.to, EDGECORE_UNIT_FILE.content)
    await on.put('/usr/local/bin/edgecore', 'edgecore')
    await on.put(CONFLIST_FILE.to, CONFLIST_FILE.content)
  })

  it('with a containerd of the archive takes that back, too', async () => {
    await on.put(CONTAINERD_UNIT_FILE.to, CONTAINERD_UNIT_FILE.content)
    await on.put('/usr/local/bin/containerd', 'containerd')
    const found = await rebuilt(edge)
    expect(filesOf(found)).toEqual(
      expect.arrayContaining(['/usr/local/bin/containerd', CONFLIST_FILE.to, CONTAINERD_UNIT_FILE.to]),
    )
    expect(changes(found).map(({ kind }) => kind)).toContain('unit')
    expect(changes(found)).toContainEqual({ kind: 'pods', socket: '/run/containerd/containerd.sock' })
    expect(changes(found)).toContainEqual({ kind: 'tree', path: '/var/lib/containerd' })
  })

  it('on an existing containerd leaves its programs, data and service alone', async () => {
    await on.put(CONTAINERD_UNIT_FILE.to, '[Unit]\nDescription=containerd container runtime\n')
    await on.put('/var/lib/containerd/theirs')
    const found = await rebuilt(edge)
    expect(filesOf(found)).toEqual(['/usr/local/bin/edgecore', CONFLIST_FILE.to, EDGECORE_UNIT_FILE.to])
    expect(changes(found)).toContainEqual({
      kind: 'pods',
      sharedNetwork: 'containerd-net',
      podsIn: '/var/lib/kubelet/pods', // what was there before, nobody knows any more
    })
    const units = changes(found).flatMap((change) => (change.kind === 'unit' ? [change.unit] : []))
    expect(units).toEqual(['edgecore.service'])
    expect(
      changes(found).some((change) => change.kind === 'tree' && change.path.includes('containerd')),
    ).toBe(false)
  })

  it('on an existing containerd finds images that lost their names, and cleanup gives these back', async () => {
    const [socket, name] = ['/run/containerd/containerd.sock', 'docker.io/a:1']
    const kept = `edgelift.local/before/${name}`
    const store = new Map([
      [name, 'sha256:ours'],
      [kept, 'sha256:theirs'],
    ])
    const rows = () => [...store].map(([one, digest]) => `${one} t ${digest} io.cri-containerd.pinned=pinned`)
    const ctr = `/usr/bin/ctr -a ${socket} -n k8s.io`
    await on.put('/usr/bin/ctr')
    on.script('systemctl show -p ExecStart', '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; }')
    on.script('/usr/bin/containerd', (args) =>
      args.includes('--version') ? 'containerd v2.1.5' : 'version = 3\n',
    )
    on.script(`${ctr} version`, 'Server')
    on.script(`${ctr} images label`, '')
    on.script(`${ctr} images ls`, () => ['REF', ...rows()].join('\n'))
    on.script(`${ctr} images rm`, (args) => {
      store.delete(args.at(-1) ?? '')
      return ''
    })
    on.script(`${ctr} images tag --force`, (args) => {
      store.set(args.at(-1) ?? '', store.get(args.at(-2) ?? '') ?? '')
      return ''
    })
    const found = await rebuilt(edge)
    const images = changes(found).filter(({ kind }) => kind === 'image')
    expect(images).toEqual([{ kind: 'image', reference: name, was: 'other', pinned: true, socket }])
    const { signal } = new AbortController()
    const undoing = { host: on.host, directory: '/data/archive', manifest: edge, kept: [], signal }
    const receipt = receiptFor(HEAD, found, BASELINE)
    await undoImages({ ...undoing, receipt, told: () => {} }, images as ChangeOf<'image'>[])
    expect([...store]).toEqual([[name, 'sha256:theirs']])
  })
})
