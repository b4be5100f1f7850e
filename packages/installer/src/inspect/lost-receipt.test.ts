import { createHash } from 'node:crypto'
import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFLIST_FILE, CONTAINERD_UNIT_FILE } from '../containerd/files.ts'
import { K3S_UNIT_FILE } from '../k3s/files.ts'
import { EDGECORE_UNIT_FILE } from '../kubeedge/edgecore-files.ts'
import type { Change } from '../state/change.ts'
import { type Trial, trial } from '../testing/trial.ts'
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
    files: Object.entries(files).map(([name, text]) => ({ path: name, integrity: integrity(text) })),
  } as unknown as BundleManifest
}
const changes = (found: FoundInstallation | undefined): Change[] =>
  found?.steps.flatMap((step) => step.changes) ?? []
const filesOf = (found: FoundInstallation | undefined) =>
  changes(found).flatMap((change) => (change.kind === 'file' || change.kind === 'link' ? [change.path] : []))

it('finds nothing on a machine whose units are somebody else’s', async () => {
  await on.put(K3S_UNIT_FILE.to, '[Unit]\nDescription=Lightweight Kubernetes\n')
  expect(await rebuiltReceipt(on.host, manifest('cloud', {}))).toBeUndefined()
  expect(await rebuiltReceipt(on.host, manifest('edge', {}))).toBeUndefined()
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
    const found = await rebuiltReceipt(on.host, manifest('cloud', { 'k3s-amd64': 'k3s', keadm: 'keadm' }))
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
    const paths = changes(await rebuiltReceipt(on.host, manifest('cloud', {}))).flatMap((change) =>
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
    const found = await rebuiltReceipt(on.host, edge)
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
    const found = await rebuiltReceipt(on.host, edge)
    expect(filesOf(found)).toEqual(['/usr/local/bin/edgecore', CONFLIST_FILE.to, EDGECORE_UNIT_FILE.to])
    const units = changes(found).flatMap((change) => (change.kind === 'unit' ? [change.unit] : []))
    expect(units).toEqual(['edgecore.service'])
    expect(
      changes(found).some((change) => change.kind === 'tree' && change.path.includes('containerd')),
    ).toBe(false)
  })
})
