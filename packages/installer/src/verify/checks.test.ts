import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { type Trial, trial } from '../testing/trial.ts'
import type { Check } from './check.ts'
import { cloudChecks } from './checks.ts'

const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
const CRDS = ['destinationrules', 'gateways', 'virtualservices'].map((name) => `${name}.networking.istio.io`)

let node: Trial
beforeEach(async () => {
  node = await trial()
})
afterEach(() => node[Symbol.asyncDispose]())

async function seen(id: string): Promise<Awaited<ReturnType<Check['run']>>> {
  const check = cloudChecks({ host: node.host, ...K3S_CLUSTER }).find((one) => one.id === id)
  return check?.run()
}

const nodeObject = (name: string, ready = 'True') => ({
  metadata: { name },
  status: {
    conditions: [{ type: 'Ready', status: ready }],
    nodeInfo: { containerRuntimeVersion: 'containerd://2' },
  },
})
const agent = (on: string, ready = true) => ({
  metadata: { name: `edgemesh-agent-${on}` },
  spec: { nodeName: on },
  status: { phase: 'Running', containerStatuses: [{ ready, restartCount: 3, state: {} }] },
})

describe('V1', () => {
  it('holds where all three CRDs are, and names those that are not', async () => {
    const list = (names: readonly string[]) =>
      names.map((name) => `customresourcedefinition/${name}`).join('\n')
    node.script(`${KUBECTL} get crd`, list(CRDS))
    expect(await seen('V1')).toBeUndefined()
    node.script(`${KUBECTL} get crd`, list(CRDS.slice(1)))
    expect(await seen('V1')).toEqual({ en: `missing: ${CRDS[0]}`, zh: `缺少：${CRDS[0]}` })
    node.script(`${KUBECTL} get crd`, { code: 1 })
    expect(await seen('V1')).toEqual({ en: 'the API does not respond', zh: 'API 无响应' })
  })
})

describe('V2', () => {
  it.each([
    ['modules: { dynamicController: { enable: true } }', undefined],
    ['modules: { dynamicController: { enable: false } }', "it is off in CloudCore's configuration"],
    ['modules: { dynamicController: { enable: "true" } }', "it is off in CloudCore's configuration"],
    ['modules: text', "it is off in CloudCore's configuration"],
    ['- a list', "CloudCore's configuration is no YAML"],
    ['modules: {', "CloudCore's configuration is no YAML"],
  ])('of a ConfigMap with %j', async (text, problem) => {
    node.script(`${KUBECTL} -n kubeedge get configmap cloudcore`, text)
    const found = await seen('V2')
    expect(found === undefined || 'skipped' in found ? undefined : found.en).toBe(problem)
  })

  it('says where there is no ConfigMap', async () => {
    node.script(`${KUBECTL} -n kubeedge get configmap cloudcore`, '')
    node.script(`${KUBECTL} get --raw /readyz`, 'ok')
    expect(await seen('V2')).toMatchObject({ en: 'CloudCore has no configuration' })
  })

  it('does not take a silent API for one without a ConfigMap', async () => {
    expect(await seen('V2')).toMatchObject({ en: 'the API does not respond' })
  })
})

describe('V3', () => {
  const cluster = (nodes: object[], pods: object[]) => {
    node.script(`${KUBECTL} get nodes`, JSON.stringify({ items: nodes }))
    node.script(`${KUBECTL} -n kubeedge get pods`, JSON.stringify({ items: pods }))
    return seen('V3')
  }

  it('holds where an agent runs on every node', async () => {
    expect(await cluster([nodeObject('a'), nodeObject('b')], [agent('a'), agent('b')])).toBeUndefined()
  })

  it('names the nodes on which none runs, and what the agent there waits for', async () => {
    expect(await cluster([nodeObject('a'), nodeObject('b')], [agent('a')])).toMatchObject({ en: 'not on: b' })
    expect(await cluster([nodeObject('a')], [agent('a', false)])).toMatchObject({
      en: 'not on: a (ContainersNotReady)',
    })
  })

  it('does not believe the pods of a node that is down', async () => {
    expect(await cluster([nodeObject('a', 'Unknown')], [agent('a')])).toEqual({
      en: 'nodes that are not Ready: a',
      zh: '未就绪的节点：a',
    })
  })

  it('says where there is no node', async () => {
    expect(await cluster([], [])).toMatchObject({ en: 'the API lists no node' })
  })
})
