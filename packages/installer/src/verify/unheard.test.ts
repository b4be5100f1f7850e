import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { trial } from '../testing/trial.ts'
import { withUnheard } from './unheard.ts'

const FAILED = { en: 'not within 180 s on: edge', zh: '180 秒内未成功的节点：edge' }

it.each([
  ["wget: bad address 'hostname-svc:12345'\n", 'edge', false],
  ['wget: download timed out\n', undefined, false],
  ["wget: bad address 'hostname-svc:12345'\n", undefined, true],
])('tells of an agent that hears of no new services where its pod says %j', async (log, node, ready) => {
  await using on = await trial()
  const cluster: Cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' }
  const pod = (name: string, nodeName: string, isReady: boolean) => ({
    metadata: { name },
    spec: { nodeName },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: isReady, restartCount: 0, state: {} }],
    },
  })
  const items = [pod('client-0', 'cloud', true), pod('client-1', 'edge', ready), pod('dns-0', 'edge', false)]
  on.script('kubectl --kubeconfig /k -n verify get pods', JSON.stringify({ items }))
  on.script('kubectl --kubeconfig /k -n verify logs client-1', log)
  const { en } = await withUnheard(cluster, 'verify', { failed: FAILED, edges: ['edge'] })
  if (node === undefined) expect(en).toBe(FAILED.en)
  else expect(en).toContain(`not known on ${node}`)
})

it('speaks of the cluster’s DNS where a node that is no edge does not know the name', async () => {
  await using on = await trial()
  const cluster: Cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' }
  const pod = {
    metadata: { name: 'client-0' },
    spec: { nodeName: 'cloud' },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: false, restartCount: 0, state: {} }],
    },
  }
  on.script('kubectl --kubeconfig /k -n verify get pods', JSON.stringify({ items: [pod] }))
  on.script('kubectl --kubeconfig /k -n verify logs client-0', "wget: bad address 'hostname-svc:12345'\n")
  const { en, zh } = await withUnheard(cluster, 'verify', { failed: FAILED, edges: ['edge'] })
  expect(en).toContain('rollout restart deployment/coredns')
  expect(zh).toContain('集群 DNS')
  expect(en).not.toContain('edgecore')
})
