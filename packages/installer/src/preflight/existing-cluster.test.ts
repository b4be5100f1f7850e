import { type BundleImage, requirerOf } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { type ExistingCluster, neededImages } from '../inspect/existing-cluster.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { sampleNode as node } from '../kube/nodes.sample.ts'
import { chosenNode } from '../kube/nodes.ts'
import { existingClusterFindings } from './existing-cluster-findings.ts'

const image = (reference: string, ...neededBy: BundleImage['neededBy']) =>
  ({ reference, file: `images/${reference}.tar`, neededBy }) as unknown as BundleImage
const agent = image(
  'agent',
  requirerOf({ kind: 'chart', name: 'edgemesh', detail: 'DaemonSet' }, { option: 'edgemesh' }),
)
const here = node('cp', { internalIp: '10.0.0.1' })
const cluster = { kubectl: ['kubectl'], kubeconfig: '/k' } as unknown as Cluster
const foreign: ExistingCluster = {
  cluster,
  fault: undefined,
  nodes: [here],
  node: here,
  runtime: { ctr: ['ctr'], socket: '/run/containerd/containerd.sock' },
  silent: undefined,
  images: [agent],
  missing: ['agent'],
  otherCloudCore: false,
  daemonSets: [],
  logsToEdges: 'works',
}
const asked = { kubeconfig: '/k', directory: '/data/a', platform: 'linux/amd64' } as const
const findings = (more: Partial<ExistingCluster>) => existingClusterFindings({ ...foreign, ...more }, asked)

it("finds the machine's node by its address, and takes no edge for the cloud's", () => {
  const machine = { nodeName: undefined, addresses: ['10.0.0.1'], hostname: 'host' }
  expect(chosenNode([node('a', { internalIp: '10.0.0.9' }), here], machine)).toEqual({
    node: here,
    isHere: true,
  })
  expect(chosenNode([{ ...here, isEdge: true }], machine)).toBeUndefined()
  expect(
    chosenNode([here, node('b', { internalIp: '10.0.0.2' })], { ...machine, nodeName: 'b' }),
  ).toMatchObject({
    node: { name: 'b' },
    isHere: false,
  })
})

it('needs what its charts and the test ask for, and not what is K3s’ own', () => {
  const images = [
    agent,
    image(
      'gateway',
      requirerOf({ kind: 'chart', name: 'edgemesh-gateway', detail: 'Deployment' }, { option: 'gateway' }),
    ),
    image('coredns', requirerOf({ kind: 'list', name: 'k3s' })),
    image('pause', requirerOf({ kind: 'runtime', name: 'K3s’ containerd', detail: 'sandbox of every pod' })),
    image(
      'busybox',
      requirerOf({ kind: 'list', name: 'k3s' }),
      requirerOf({ kind: 'test', name: 'verify', detail: 'functional test' }),
    ),
  ]
  const choice = { options: new Set(['edgemesh']), facts: new Set<string>() }
  expect(neededImages(images, choice).map(({ reference }) => reference)).toEqual(['agent', 'busybox'])
})

it('has nothing to say of a K3s that is here and ready', () => {
  expect(findings({})).toEqual([])
})

it.each([
  ['a Docker node', { runtime: 'docker://28.0.1' }, 'docker load -i /data/a/images/agent.tar'],
  ['a CRI-O node', { runtime: 'cri-o://1.34.0' }, 'podman load -i /data/a/images/agent.tar'],
  [
    'another machine',
    {},
    'ctr -n k8s.io images import /data/a/images/agent.tar && ctr -n k8s.io images label agent io.cri-containerd.pinned=pinned',
  ],
  [
    'a K3s on another machine',
    { runtime: 'containerd://2.1.5-k3s1' },
    '/data/a/k3s-amd64 ctr -n k8s.io images import',
  ],
])('says how images come to %s', (_title, more, line) => {
  const [finding] = findings({ runtime: undefined, node: { ...here, ...more } })
  expect(finding).toMatchObject({
    code: 'IMAGES_BY_HAND',
    severity: 'error',
    fix: { en: expect.stringContaining(line) },
  })
})

it('goes on once the node reports the images, and doubts a report that was cut short', () => {
  expect(findings({ runtime: undefined, missing: [] })).toEqual([])
  const many = new Set(Array.from({ length: 50 }, (_none, index) => `image-${index}`))
  expect(findings({ runtime: undefined, node: { ...here, images: many } })).toMatchObject([
    { severity: 'warning' },
  ])
})

it('does not call images missing while containerd does not respond: they could not be checked', () => {
  const silent = { command: 'ctr version', said: { en: 'refused', zh: 'refused' }, isMissing: false }
  expect(findings({ runtime: undefined, silent })).toMatchObject([
    {
      code: 'NOT_CHECKED',
      severity: 'error',
      seen: { en: 'could not find out which images node cp has: ctr version: refused' },
      fix: { en: 'make this command work, then run it again: ctr version' },
    },
  ])
  expect(findings({ runtime: undefined, silent, missing: [] })).toMatchObject([{ severity: 'warning' }])
})

it('tells of everything else that stands in the way', () => {
  const codes = (more: Partial<ExistingCluster>) =>
    findings(more).map(({ code, severity }) => `${severity} ${code}`)
  expect(codes({ nodes: undefined, node: undefined })).toEqual(['error CLUSTER_UNREACHABLE'])
  expect(codes({ node: undefined })).toEqual(['error NODE_UNKNOWN'])
  expect(codes({ otherCloudCore: true })).toEqual(['error ALREADY_PRESENT'])
  expect(codes({ daemonSets: ['kube-system/kube-proxy'], logsToEdges: 'k3s-changes' })).toEqual([
    'warning DAEMONSETS_ON_EDGES',
    'note LOGS_TO_EDGES',
  ])
  expect(codes({ daemonSets: undefined })).toEqual(['warning NOT_CHECKED'])
  expect(codes({ nodes: [here, node('b'), node('edge', { isEdge: true })] })).toEqual([
    'warning OTHER_NODE_IMAGES',
  ])
})

it('proposes the nodes on which CloudCore can run, which edges cannot', () => {
  const [finding] = findings({ node: undefined, nodes: [here, node('b'), node('edge', { isEdge: true })] })
  expect(finding?.fix.en).toBe('set nodeName to one of: cp, b')
})

it('asks of other nodes that they have every image: those of the cloud, not edges', () => {
  const images = [agent, image('gateway')]
  const other = (...held: string[]) => ({ ...node('b'), images: new Set(held) })
  const told = (...nodes: ReturnType<typeof other>[]) => findings({ images, nodes: [here, ...nodes] })
  expect(told(other('agent', 'gateway'))).toEqual([])
  expect(told({ ...other(), isEdge: true })).toEqual([])
  expect(told(other('agent'))).toMatchObject([
    { code: 'OTHER_NODE_IMAGES', fix: { en: expect.stringMatching(/^on b: .*gateway\.tar/) } },
  ])
})

it('says of logs to edges what is to be set where: K3s has a file of its own', () => {
  const fixOf = (logsToEdges: ExistingCluster['logsToEdges']) => findings({ logsToEdges })[0]?.fix.en
  expect(fixOf('k3s-changes')).toContain('/etc/rancher/k3s/config.yaml')
  expect(fixOf('unknown')).toBe('start kube-apiserver without --kubelet-certificate-authority')
  expect(fixOf('works')).toBeUndefined()
})

it('keeps DaemonSets off edges by a patch that kubectl takes, one for each', () => {
  const [finding] = findings({ daemonSets: ['kube-system/kube-proxy', 'monitoring/exporter'] })
  const lines = finding?.fix.en.split('; ') ?? []
  expect(lines.map((line) => line.split(' patch ')[0]?.split(' -n ')[1])).toEqual([
    'kube-system',
    'monitoring',
  ])
  for (const line of lines) {
    const patch = JSON.parse(/ -p '(.*)'$/.exec(line)?.[1] ?? '')
    expect(JSON.stringify(patch.spec.template.spec.affinity.nodeAffinity)).toContain('"DoesNotExist"')
  }
})

it('says what is wrong with the kubeconfig rather than that the cluster does not respond', () => {
  const fault = { seen: { en: '/k is empty', zh: '/k 为空' }, fix: { en: 'copy it', zh: '复制' } }
  expect(findings({ fault, nodes: undefined })).toMatchObject([{ code: 'KUBECONFIG_UNUSABLE', ...fault }])
  expect(findings({ nodes: undefined })).toMatchObject([{ code: 'CLUSTER_UNREACHABLE' }])
})
