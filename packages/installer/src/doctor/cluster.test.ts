import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { sampleNode } from '../kube/nodes.sample.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { apiDiagnoses, cloudCoreDiagnoses, podDiagnoses } from './cluster.ts'
import { withConsequences } from './consequences.ts'
import { nodeDiagnoses } from './nodes.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'

let node: Trial
let cluster: Cluster
beforeEach(async () => {
  node = await trial()
  cluster = { host: node.host, ...K3S_CLUSTER }
})
afterEach(() => node[Symbol.asyncDispose]())

describe('the API', () => {
  it('that responds is no problem; one that does not comes with the command that starts it', async () => {
    node.script(`${KUBECTL} get --raw /readyz`, 'ok')
    expect(await apiDiagnoses(cluster)).toEqual([])
    node.script(`${KUBECTL} get --raw /readyz`, { code: 1, stderr: 'certificate has expired' })
    expect(await apiDiagnoses(cluster)).toMatchObject([
      { code: 'API_SILENT', fix: { en: expect.stringContaining('systemctl restart k3s') } },
    ])
  })
})

it('of an existing cluster the API is started by its own means, and no K3s is restarted', async () => {
  const theirs: Cluster = {
    host: node.host,
    kubectl: ['/usr/bin/kubectl'],
    kubeconfig: '/etc/kubernetes/admin.conf',
  }
  const [silent] = await apiDiagnoses(theirs)
  const [down] = nodeDiagnoses(theirs, {
    nodes: [sampleNode('plane', { ready: false })],
    ...{ own: undefined, peers: [] },
  })
  for (const found of [silent, down])
    for (const words of [found?.fix.en, found?.fix.zh]) {
      expect(words).toContain('/usr/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf')
      expect(words).not.toContain('k3s')
    }
  expect(down?.fix.en).toContain('journalctl -u kubelet')
})

describe('CloudCore', () => {
  const deployed = async (answer: object | string) => {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
    node.script(`${KUBECTL} -n kubeedge get deployment cloudcore`, text)
    return cloudCoreDiagnoses(cluster, './install.sh')
  }

  it('that runs is no problem', async () => {
    expect(await deployed({ spec: { replicas: 1 }, status: { availableReplicas: 1 } })).toEqual([])
  })

  it.each([
    ['was deleted', '', 'its Deployment was deleted', './install.sh'],
    ['was scaled to nothing', { spec: { replicas: 0 } }, 'scaled its Deployment to 0', '--replicas=1'],
    [
      'is not ready',
      { spec: { replicas: 1 }, status: {} },
      'its pod is not ready',
      'logs deployment/cloudcore',
    ],
    ['has no status yet', { spec: {} }, 'its pod is not ready', 'logs deployment/cloudcore'],
  ])('that %s is told with its own cure', async (_name, answer, cause, fix) => {
    expect(await deployed(answer)).toMatchObject([
      {
        code: 'CLOUDCORE_DOWN',
        cause: { en: expect.stringContaining(cause) },
        fix: { en: expect.stringContaining(fix) },
      },
    ])
  })

  it('is not judged while the API does not respond', async () => {
    node.script(`${KUBECTL} -n kubeedge get deployment cloudcore`, { code: 1 })
    await expect(cloudCoreDiagnoses(cluster, './install.sh')).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    })
  })
})

describe('pods', () => {
  let nodes = [sampleNode('edge-1', { isEdge: true })]
  const pod = (name: string, phase: string, waiting?: string, ready = false) => ({
    metadata: { name },
    spec: { nodeName: 'edge-1', containers: [{ image: 'docker.io/kubeedge/edgemesh-agent:v1.17.0' }] },
    status: {
      phase,
      containerStatuses: [
        { ready, restartCount: 0, state: waiting === undefined ? {} : { waiting: { reason: waiting } } },
      ],
    },
  })
  const found = async (...items: object[]) => {
    node.script(`${KUBECTL} -n kubeedge get pods`, JSON.stringify({ items }))
    return podDiagnoses(cluster, { nodes, own: 'cloud', launcher: './install.sh' })
  }

  it('that run, or are through, are no problem', async () => {
    expect(await found(pod('a', 'Running', undefined, true), pod('b', 'Succeeded'))).toEqual([])
  })

  it('that are being deleted are none: CloudCore’s are after somebody scaled it to 0', async () => {
    const ending = pod('cloudcore-x', 'Running')
    const metadata = { ...ending.metadata, deletionTimestamp: '2026-11-28T00:00:00Z' }
    expect(await found({ ...ending, metadata })).toEqual([])
  })

  it('that were evicted or refused are none: the pod that replaced them is asked for', async () => {
    const gone = (reason: string) => ({ ...pod('cloudcore-1', ''), status: { phase: 'Failed', reason } })
    expect(
      await found(gone('Evicted'), gone('NodePorts'), pod('cloudcore-2', 'Running', undefined, true)),
    ).toEqual([])
    expect(await found(gone('Evicted'), pod('cloudcore-2', 'Pending', 'ContainerCreating'))).toMatchObject([
      { seen: { en: 'cloudcore-2 on edge-1: ContainerCreating' } },
    ])
  })

  it.each([
    ['ImagePullBackOff', 'IMAGE_NOT_PULLED', 'P7'],
    ['ErrImageNeverPull', 'IMAGE_NOT_PULLED', 'P7'],
    ['CrashLoopBackOff', 'POD_CRASHES', 'P1'],
    ['ContainerCreating', 'POD_NOT_RUNNING', undefined],
  ])('that wait for %s are %s', async (reason, code, problem) => {
    const [told] = await found(pod('edgemesh-agent-x', 'Pending', reason))
    expect(told).toMatchObject({ code, ...(problem === undefined ? {} : { problem }) })
    expect(told?.seen.en).toBe(`edgemesh-agent-x on edge-1: ${reason}`)
    expect(told?.fix.en).toContain('edgemesh-agent-x')
    expect(told?.fix.zh).toContain('edgemesh-agent-x')
  })

  it('of the mesh refresh service come and go: whether it works, it says itself', async () => {
    const watch = pod('edgelift-mesh-refresh-6f7f645dbf-7g2js', 'Pending', 'ContainerCreating')
    const metadata = { ...watch.metadata, labels: { app: 'edgelift-mesh-refresh' } }
    expect(await found({ ...watch, metadata })).toEqual([])
  })

  it('on an existing cluster are mended by its own launcher, those of edges by theirs', async () => {
    const agent = pod('edgemesh-agent-x', 'Pending', 'ContainerCreating')
    const cloudcore = { ...pod('cloudcore-x', 'Pending', 'ContainerCreating'), spec: { nodeName: 'plane' } }
    const items = [agent, cloudcore]
    node.script(`${KUBECTL} -n kubeedge get pods`, JSON.stringify({ items }))
    nodes = [sampleNode('plane'), sampleNode('edge-1', { isEdge: true })]
    // The existing cluster is a K3s at the very place of the archive's.
    const told = await podDiagnoses(cluster, { nodes, own: 'plane', launcher: './install-kubeedge-only.sh' })
    expect(told.map(({ fix }) => /\S*install\S*/.exec(fix.en)?.[0])).toEqual([
      './install.sh',
      './install-kubeedge-only.sh',
    ])
  })

  it('of a node that is down follow from it, and those of another node do not', async () => {
    nodes = [sampleNode('cloud'), sampleNode('edge-1', { isEdge: true, ready: false })]
    const down = nodeDiagnoses(cluster, { nodes, own: 'cloud', peers: [] })
    const agent = pod('edgemesh-agent-x', 'Pending', 'ContainerCreating')
    const here = { ...agent, spec: { ...agent.spec, nodeName: 'cloud' } }
    const causes = withConsequences([...(await found(agent, here)), ...down])
    expect(causes.map(({ code, consequenceOf }) => [code, consequenceOf])).toEqual([
      ['POD_NOT_RUNNING', undefined],
      ['NODE_NOT_READY', undefined],
      ['POD_NOT_RUNNING', 'NODE_NOT_READY'],
    ])
  })

  it('of CloudCore are the cause of what CloudCore does not do, never the other way round', async () => {
    nodes = [sampleNode('edge-1')]
    node.script(`${KUBECTL} -n kubeedge get deployment cloudcore`, '{"spec":{"replicas":1},"status":{}}')
    const own = { ...pod('cloudcore-x', 'Pending', 'CrashLoopBackOff') }
    const labelled = { ...own, metadata: { name: 'cloudcore-x', labels: { kubeedge: 'cloudcore' } } }
    const causes = withConsequences([
      ...(await cloudCoreDiagnoses(cluster, './install.sh', nodes)),
      ...(await found(labelled)),
    ])
    expect(causes.map(({ code, consequenceOf }) => [code, consequenceOf])).toEqual([
      ['POD_CRASHES', undefined],
      ['CLOUDCORE_DOWN', 'POD_CRASHES'],
    ])
  })
})
