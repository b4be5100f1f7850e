import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ChangeOf } from '../state/change.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { undoPods } from './undo-pods.ts'

const CTR = '/usr/bin/ctr -a /run/x.sock -n k8s.io'
const info = (labels: object, network: string) =>
  JSON.stringify({ Labels: labels, Spec: { linux: { namespaces: [{ type: 'network', path: network }] } } })
const LOAD_STATE = 'systemctl show -p LoadState containerd.service'
const POD = { 'io.kubernetes.pod.name': 'agent' }

let node: Trial
beforeEach(async () => {
  node = await trial()
  await node.put('/usr/bin/ctr')
  node.script(CTR, '')
  node.script(LOAD_STATE, 'LoadState=loaded')
})
afterEach(() => node[Symbol.asyncDispose]())

/** Of an edge on a containerd that others use, too. */
const GONE = { code: 1, stderr: 'ctr: container "gone" in namespace "k8s.io": not found\n' }
const undo = (change: Partial<ChangeOf<'pods'>> = { before: ['also'] }) =>
  undoPods(
    {
      host: node.host,
      directory: '/data/new',
      manifest: { role: 'edge', settings: {} } as unknown as BundleManifest,
      receipt: receiptFor(HEAD, undefined, { ...BASELINE, containers: ['before'] }),
      kept: [],
      signal: new AbortController().signal,
      told: () => {},
    },
    { kind: 'pods', socket: '/run/x.sock', sharedNetwork: 'edgelift', ...change },
  )
const removals = () => node.calls.filter((line) => line.startsWith(`${CTR} containers rm`))

it('removes the containers of pods, and neither those from before nor those of no pod', async () => {
  node.script(`${CTR} containers ls -q`, 'before\nalso\nagent\ntheirs\ngone\n')
  node.script(`${CTR} containers info also`, info(POD, '/var/run/netns/cni-3'))
  node.script(`${CTR} containers info agent`, info(POD, '/var/run/netns/cni-1'))
  node.script(`${CTR} containers info before`, info(POD, '/var/run/netns/cni-0'))
  node.script(`${CTR} containers info theirs`, info({}, '/var/run/netns/cni-2'))
  node.script(`${CTR} containers info gone`, GONE)
  node.script(`${CTR} containers rm agent`, () => {
    node.script(`${CTR} containers ls -q`, 'before\nalso\ntheirs\n')
    return ''
  })
  await undo()
  expect(removals()).toEqual([`${CTR} containers rm agent`])
  expect(node.calls).not.toContain('systemctl stop kubepods.slice') // that of others' pods, too
})

it('removes only what EdgeCore’s kubelet has a folder of, where nobody knows what was before', async () => {
  const podOf = (uid: string) => ({ ...POD, 'io.kubernetes.pod.uid': uid })
  node.script(`${CTR} containers ls -q`, 'agent\ntheirs\nunnamed\n')
  node.script(`${CTR} containers info agent`, info(podOf('a-1'), '/var/run/netns/cni-1'))
  node.script(`${CTR} containers info theirs`, info(podOf('b-2'), '/var/run/netns/cni-2'))
  node.script(`${CTR} containers info unnamed`, info(POD, '/var/run/netns/cni-3'))
  await node.put('/var/lib/kubelet/pods/a-1/etc-hosts')
  node.script(`${CTR} containers rm agent`, () => {
    node.script(`${CTR} containers ls -q`, 'theirs\nunnamed\n')
    return ''
  })
  const links = ['1: lo: x', '2: cni0: x', '3: edgemesh0: x', '4: flannel.1: x']
  node.script('ip -o link show', [...links, '5: veth0a1b2c3d@if2: x master cni0 state UP'].join('\n'))
  node.script('ip link delete', '')
  await undo({ podsIn: '/var/lib/kubelet/pods' })
  expect(removals()).toEqual([`${CTR} containers rm agent`])
  expect(node.calls.filter((line) => line.startsWith('ip link delete'))).toEqual(['ip link delete edgemesh0'])
  expect(node.calls).not.toContain('systemctl stop kubepods.slice')
  node.script('ip -o link show', links.join('\n'))
  await undo({ podsIn: '/var/lib/kubelet/pods' })
  expect(node.calls).toContain('ip link delete cni0')
  expect(node.calls).not.toContain('ip link delete flannel.1')
})

it('ends nothing that may be others’ while containerd does not say whose pods run', async () => {
  node.script(CTR, { code: 1, stderr: 'connect: connection refused' })
  await expect(undo({ podsIn: '/var/lib/kubelet/pods' })).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(node.calls).not.toContain('systemctl stop kubepods.slice')
})

it('tells of what is still there, and takes the rest away', async () => {
  node.script(`${CTR} containers ls -q`, 'agent\n')
  node.script(`${CTR} containers info agent`, info(POD, '/var/run/netns/cni-1'))
  node.script(`${CTR} containers rm`, { code: 1, stderr: 'task must be stopped' })
  node.script('ip -o link show', '1: lo: x\n2: cni0: x\n')
  node.script('systemctl stop kubepods.slice', '')
  await expect(undo()).rejects.toMatchObject({ what: { en: 'cannot remove containers: agent' } })
  expect(node.calls).toContain('ip link delete cni0')
  expect(node.calls).toContain('systemctl stop kubepods.slice')
})

it('does not take pods for removed while their containerd only does not run', async () => {
  node.script(CTR, { code: 1, stderr: 'connect: connection refused' })
  await expect(undo()).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    because: { en: expect.stringContaining('refused') },
  })
})

it.each(['missing', { code: 1, stderr: 'no such file' }] as const)(
  'has no pods to remove where containerd has been uninstalled',
  async (ctr) => {
    node.script(LOAD_STATE, 'LoadState=not-found')
    node.script(CTR, ctr)
    await undo()
    expect(removals()).toEqual([])
  },
)

it('does not pass over a container of which containerd does not tell what it is', async () => {
  node.script(`${CTR} containers ls -q`, 'agent\n')
  node.script(`${CTR} containers info agent`, { code: 1, stderr: 'ctr: context deadline exceeded\n' })
  await expect(undo()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(node.calls).not.toContain('systemctl stop kubepods.slice')
})
