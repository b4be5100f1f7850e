import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Change } from '../state/change.ts'
import { type HostChanges, openHostChanges, receiptFor, type StepChanges } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Baseline, Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { uninstall } from './uninstall.ts'

let on: Trial
let all: HostChanges
beforeEach(async () => {
  on = await trial()
  all = await openHostChanges(on.host, receiptFor(HEAD, undefined, BASELINE))
  on.script('systemctl', '')
})
afterEach(() => on[Symbol.asyncDispose]())

const at = (file: string) => path.join(on.root, file)
const step = (id: string): StepChanges => all.of({ id, title: { en: id, zh: id } })
const told = () =>
  on.events.flatMap((event) => (event.type === 'note' && event.level === 'info' ? event.text.en : []))

async function takeBack(changed: Partial<Receipt> = {}, directory = '/data/another-version') {
  const receipt = { ...((await readReceipt(on.host)) as Receipt), ...changed }
  const manifest = { role: receipt.role, settings: {}, charts: [] } as unknown as BundleManifest
  on.events.length = 0
  return uninstall({
    host: on.host,
    directory,
    manifest,
    receipt,
    report: (event) => void on.events.push(event),
    signal: new AbortController().signal,
  })
}

it('removes files and the folders that were created for them, and leaves the folders of the host', async () => {
  await mkdir(at('/etc'))
  await step('a').backup('/etc/a/b/file')
  await writeFile(at('/etc/a/b/file'), '')
  expect(await takeBack()).toEqual({ nodeName: 'edge-1' })
  expect(told()).toEqual(['removed /etc/a/b/file', 'removed /etc/a/b', 'removed /etc/a'])
  expect(await readdir(at('/etc'))).toEqual([])
  expect(await readdir(at('/var/lib/edgelift'))).toEqual(['former-node.json', 'journal.jsonl'])
})

it('leaves a folder that somebody else uses by now', async () => {
  await step('a').backup('/opt/cni/bin/bridge')
  await on.put('/opt/cni/bin/theirs')
  await takeBack()
  expect(await readdir(at('/opt/cni/bin'))).toEqual(['theirs'])
})

it('empties a tracked folder of all that was not there before, and spares what it is told to', async () => {
  await on.put('/var/lib/kubelet/theirs/data')
  await step('a').trackTree('/var/lib/kubelet')
  await step('a').trackTree('/var/lib/cni')
  await step('a').trackTree('/var/lib/rancher/k3s', ['storage'])
  for (const file of ['/var/lib/kubelet/pods/1', '/var/lib/cni/networks/1']) await on.put(file)
  for (const file of ['storage/volume', 'server/db']) await on.put(`/var/lib/rancher/k3s/${file}`)
  expect(await takeBack()).toMatchObject({ volumes: '/var/lib/rancher/k3s/storage' })
  expect(await readdir(at('/var/lib/kubelet'))).toEqual(['theirs'])
  expect(await readdir(at('/var/lib'))).not.toContain('cni')
  expect(await readdir(at('/var/lib/rancher/k3s'))).toEqual(['storage'])
})

it('puts a link back as a link, and a file with its mode and time', async () => {
  await on.put('/etc/real', 'theirs')
  await chmod(at('/etc/real'), 0o640)
  const { mtimeMs } = await stat(at('/etc/real'))
  await symlink('real', at('/etc/link'))
  for (const file of ['/etc/real', '/etc/link']) {
    await step('a').backup(file)
    await rm(at(file))
    await writeFile(at(file), 'ours')
  }
  await takeBack()
  expect(await readlink(at('/etc/link'))).toBe('real')
  expect(await readFile(at('/etc/link'), 'utf8')).toBe('theirs')
  const restored = await stat(at('/etc/real'))
  expect(restored.mode & 0o7777).toBe(0o640)
  expect(Math.abs(restored.mtimeMs - mtimeMs)).toBeLessThan(1)
})

it('leaves a file whose backup is missing, and says so', async () => {
  await on.put('/etc/file', 'theirs')
  await step('a').backup('/etc/file')
  await rm(at('/var/lib/edgelift/backup'), { recursive: true })
  await takeBack()
  expect(told()).toEqual([expect.stringContaining('/etc/file stays as it is')])
  expect(await on.text('/etc/file')).toBe('theirs')
})

it('leaves a command that was put in the place of its link', async () => {
  for (const name of ['kubectl', 'ctr'])
    await step('a').record({ kind: 'link', path: `/usr/bin/${name}`, to: 'k3s' })
  await mkdir(at('/usr/bin'), { recursive: true })
  await symlink('k3s', at('/usr/bin/ctr'))
  await on.put('/usr/bin/kubectl', 'theirs')
  await takeBack()
  expect(await readdir(at('/usr/bin'))).toEqual(['kubectl'])
})

it('replays the changes backwards: services end before their files go, a restarted one reads what was restored', async () => {
  await on.put('/etc/containerd/config.toml', 'theirs')
  await step('config').record({ kind: 'restart', unit: 'containerd.service' })
  await step('config').backup('/etc/containerd/config.toml')
  await writeFile(at('/etc/containerd/config.toml'), 'ours')
  await step('join').record({ kind: 'unit', unit: 'edgecore.service', programs: [] })
  let seen: string | undefined
  on.script('systemctl is-active containerd.service', 'active')
  on.script('systemctl restart', async () => {
    seen = await on.text('/etc/containerd/config.toml')
    return ''
  })
  await takeBack()
  expect(seen).toBe('theirs')
  const calls = on.calls.filter((line) => /stop|restart/.test(line))
  expect(calls).toEqual(['systemctl stop edgecore.service', 'systemctl restart containerd.service'])
})

it.each(['inactive', 'failed', 'unknown'])(
  'starts no service of others that does not run (%s)',
  async (state) => {
    await step('config').record({ kind: 'restart', unit: 'containerd.service' })
    on.script('systemctl is-active', { code: 3, stdout: `${state}\n` })
    await takeBack()
    expect(on.calls.filter((line) => /^systemctl (re)?start/.test(line))).toEqual([])
    expect(await readReceipt(on.host)).toBeUndefined()
  },
)

it('keeps the record of a restart while systemd does not say whether the service runs', async () => {
  await step('config').record({ kind: 'restart', unit: 'containerd.service' })
  on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
  await expect(takeBack()).rejects.toMatchObject({ code: 'STEP_FAILED' })
  expect((await readReceipt(on.host))?.steps.map(({ stepId }) => stepId)).toEqual(['config'])
})

it('has systemd forget the units after their files are gone', async () => {
  const file = '/etc/systemd/system/edgecore.service'
  await step('files').backup(file)
  await on.put(file, '[Service]')
  const seen: (string | undefined)[] = []
  on.script('systemctl daemon-reload', async () => {
    seen.push(await on.text(file))
    return ''
  })
  await takeBack()
  expect(seen.at(-1)).toBeUndefined()
  expect(seen).not.toHaveLength(0)
})

it('names the node as the kubelet registers it where the receipt does not: in lower case', async () => {
  on.script('uname -n', 'Edge-Hall-3\n')
  await step('a').backup('/etc/x')
  expect(await takeBack({ node: {} })).toEqual({ nodeName: 'edge-hall-3' })
  expect(await on.text('/var/lib/edgelift/former-node.json')).toContain('"edge-hall-3"')
})

it('takes back everything else when one change fails, and goes on with what is left', async () => {
  await step('files').backup('/etc/file')
  await writeFile(at('/etc/file'), '')
  await step('images').record({ kind: 'image', reference: 'a:1', was: 'absent', socket: '/run/x.sock' })
  on.script('/usr/bin/ctr', { code: 1, stderr: 'connection refused' })
  await on.put('/usr/bin/ctr')
  await expect(takeBack()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(await on.text('/etc/file')).toBeUndefined()
  expect((await readReceipt(on.host))?.steps.map(({ stepId }) => stepId)).toEqual(['images'])
  on.script('/usr/bin/ctr', '')
  await takeBack()
  expect(on.calls).toContain('/usr/bin/ctr -a /run/x.sock -n k8s.io images rm a:1')
  expect(await readReceipt(on.host)).toBeUndefined()
})

it('keeps the record of an image that containerd does not let go, and takes back the others', async () => {
  const image = { kind: 'image', was: 'absent', socket: '/run/x.sock' } as const
  for (const reference of ['a:1', 'b:1', 'c:1']) await step('images').record({ ...image, reference })
  await step('images').record({ ...image, reference: 'd:1', was: 'unpinned' })
  const ctr = '/usr/bin/ctr -a /run/x.sock -n k8s.io'
  await on.put('/usr/bin/ctr')
  on.script('/usr/bin/ctr', '')
  on.script(
    `${ctr} images ls`,
    ['REF', ...['b:1', 'd:1'].map((name) => `${name} t sha256:${name} -`)].join('\n'),
  )
  on.script(`${ctr} images rm b:1`, { code: 1, stderr: 'database is locked' })
  await expect(takeBack()).rejects.toMatchObject({ because: { en: 'database is locked' } })
  expect(on.calls).toContain(`${ctr} images rm c:1`)
  expect(on.calls).toContain(`${ctr} images label d:1 io.cri-containerd.pinned=`)
  expect((await readReceipt(on.host))?.steps).toHaveLength(1)
})

it('removes the images that it brought also where it cannot ask which containers need those of a former release', async () => {
  await step('images').record({ kind: 'image', reference: 'a:1', was: 'absent', socket: '/run/x.sock' })
  const ctr = '/usr/bin/ctr -a /run/x.sock -n k8s.io'
  await on.put('/usr/bin/ctr')
  on.script('/usr/bin/ctr', '')
  const names = ['a:1', 'edgelift.local/0/b:1'].map((name) => `${name} t sha256:${name} -`)
  on.script(`${ctr} images ls`, ['REF', ...names].join('\n'))
  on.script(`${ctr} containers ls`, { code: 1, stderr: 'deadline exceeded' })
  await expect(takeBack()).rejects.toMatchObject({ because: { en: 'deadline exceeded' } })
  expect(on.calls).toContain(`${ctr} images rm a:1`)
  expect(on.calls).not.toContain(`${ctr} images rm edgelift.local/0/b:1`)
})

it.each<[string, string, Change]>([
  ['started', 'stop', { kind: 'started', unit: 'x.service' }],
  ['restart', 'restart', { kind: 'restart', unit: 'x.service' }],
  ['unit', 'stop', { kind: 'unit', unit: 'x.service', programs: [] }],
])('does not take a service for taken back (%s) when systemctl fails', async (_, verb, change) => {
  await step('service').record(change)
  on.script('systemctl is-active', 'active')
  on.script(`systemctl ${verb} x.service`, { code: 1, stderr: 'Job timed out' })
  await expect(takeBack()).rejects.toMatchObject({ because: { en: 'Job timed out' } })
  expect((await readReceipt(on.host))?.steps).toHaveLength(1)
})

it('asks a containerd once for what it has, however many of its images are taken back', async () => {
  const at = { kind: 'image', socket: '/run/x.sock' } as const
  await step('images').record({ ...at, reference: 'a:1', was: 'absent' })
  await step('images').record({ ...at, reference: 'b:1', was: 'unpinned' })
  for (const reference of ['c:1', 'd:1', 'e:1'])
    await step('images').record({ ...at, reference, was: 'other' })
  const ctr = '/usr/bin/ctr -a /run/x.sock -n k8s.io'
  await on.put('/usr/bin/ctr')
  on.script('/usr/bin/ctr', '')
  const kept = ['c:1', 'e:1'].map((name) => `edgelift.local/before/${name} t sha256:${name} -`)
  on.script(`${ctr} images ls`, ['REF', 'a:1 t sha256:a -', ...kept].join('\n'))
  on.script(`${ctr} images tag --force`, (args) => (args.at(-1) === 'e:1' ? { code: 1, stderr: 'x' } : ''))
  await expect(takeBack()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  // Once for what is kept of former releases, once for all images.
  expect(on.calls.filter((line) => line === `${ctr} images ls`)).toHaveLength(2)
  expect(on.calls).toContain(`${ctr} images tag --force edgelift.local/before/c:1 c:1`)
  expect(on.calls).not.toContain(`${ctr} images tag --force edgelift.local/before/d:1 d:1`)
})

it('takes nothing back from an existing cluster that does not respond, and all once it is gone', async () => {
  await step('namespace').record({ kind: 'object', resource: 'namespace', name: 'kubeedge' })
  await step('files').backup('/etc/file')
  await on.put('/root/kubeconfig')
  const only = { role: 'cloud', kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } } as const
  await on.put('/usr/bin/kubectl')
  await expect(takeBack(only)).rejects.toMatchObject({
    what: { en: expect.stringContaining('does not respond') },
  })
  expect((await readReceipt(on.host))?.steps).toHaveLength(2)
  await rm(at('/root/kubeconfig'))
  await takeBack(only)
  expect(await readReceipt(on.host)).toBeUndefined()
  expect(on.events).toContainEqual({
    type: 'note',
    level: 'warning',
    text: expect.objectContaining({
      en: expect.stringMatching(/^\/root\/kubeconfig does not exist, .* stays there$/),
    }),
  })
})

it('removes from an existing cluster what was installed in it, charts before their CRDs', async () => {
  const kubectl = '/usr/bin/kubectl --kubeconfig /root/kubeconfig'
  await on.put('/root/kubeconfig')
  await on.put('/usr/bin/kubectl')
  await step('label').record({
    kind: 'label',
    resource: 'service',
    namespace: 'default',
    name: 'kubernetes',
    label: 'x',
  })
  await step('chart').record({ kind: 'object', resource: 'crd', name: 'devices' })
  await step('chart').record({
    kind: 'release',
    release: 'cloudcore',
    namespace: 'kubeedge',
    leaves: [{ resource: 'secret', names: ['casecret'] }],
  })
  on.script(kubectl, '')
  on.script(`${kubectl} get nodes`, '{"items":[]}')
  const metadata = {
    status: 'deployed',
    deployedAt: '',
    version: '1',
    labels: { 'installed-by': 'edgelift' },
  }
  on.script('/data/new/bin/helm get metadata', JSON.stringify(metadata))
  on.script('/data/new/bin/helm', '')
  await takeBack({ role: 'cloud', kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } }, '/data/new')
  expect(on.calls.filter((line) => /uninstall|delete|label/.test(line))).toEqual([
    '/data/new/bin/helm uninstall cloudcore --kubeconfig /root/kubeconfig -n kubeedge --ignore-not-found',
    `${kubectl} -n kubeedge delete secret casecret --ignore-not-found --wait=false`,
    `${kubectl} delete crd devices --ignore-not-found --wait=false`,
    `${kubectl} -n default label service kubernetes x-`,
  ])
})

it('asks nobody for what lay in the cluster of a K3s of its own', async () => {
  await step('namespace').record({ kind: 'object', resource: 'namespace', name: 'kubeedge' })
  await takeBack({ role: 'cloud' })
  expect(on.calls.filter((line) => line.includes('kubectl'))).toEqual([])
})

it('stops at once when it is interrupted, and keeps what it has not taken back', async () => {
  await step('files').backup('/etc/file')
  await step('join').record({ kind: 'unit', unit: 'edgecore.service', programs: [] })
  const controller = new AbortController()
  on.script('systemctl stop', () => {
    controller.abort(new Error('interrupted'))
    return { code: 143 }
  })
  const receipt = (await readReceipt(on.host)) as Receipt
  const manifest = { role: 'edge' } as unknown as BundleManifest
  const request = { host: on.host, directory: '/data/x', manifest, receipt, report: () => {} }
  await expect(uninstall({ ...request, signal: controller.signal })).rejects.toThrow('interrupted')
  expect((await readReceipt(on.host))?.steps.map(({ stepId }) => stepId)).toContain('files')
})

it('puts kernel settings back as they were', async () => {
  await on.put('/proc/sys/net/ipv4/ip_forward', '1\n')
  const baseline: Baseline = { ...BASELINE, kernel: { 'net.ipv4.ip_forward': '0' } }
  await takeBack({ baseline })
  expect(await on.text('/proc/sys/net/ipv4/ip_forward')).toBe('0')
})

it('shows no file of its own once it is through', async () => {
  await step('a').backup('/etc/x')
  await takeBack()
  await expect(lstat(at('/var/lib/edgelift/receipt.json'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('begins nothing that a read-only mount would end half way', async () => {
  await step('a').backup('/opt/first')
  await step('b').backup('/etc/a/file')
  for (const file of ['/opt/first', '/etc/a/file']) await on.put(file)
  const mounts = (options: string) =>
    on.put(
      '/proc/self/mountinfo',
      `30 1 8:1 / / rw - ext4 /dev/a rw\n31 30 8:2 / ${at('/etc')} ${options} - ext4 /dev/b rw\n`,
    )
  await mounts('ro,relatime')
  await expect(takeBack()).rejects.toMatchObject({
    code: 'DISK_READ_ONLY',
    what: { en: 'cannot write /etc/a' },
  })
  expect([told(), on.calls]).toEqual([[], []])
  await mounts('rw')
  await takeBack()
  expect(told()).toContain('removed /etc/a/file')
})
