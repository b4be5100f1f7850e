import { describe, expect, it } from 'vitest'
import type { Cluster } from './kubectl.ts'
import { driftOf } from './live-objects.ts'

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: { name: cloudcore }
spec:
  replicas: 1
  template:
    spec:
      hostNetwork: true
      automountServiceAccountToken: false
      tolerations: []
      containers:
        - name: cloudcore
          image: kubeedge/cloudcore:v1.22.0
          env: [{ name: A, value: "1" }]
          resources: { limits: { cpu: 0.2, memory: 1024Mi } }
      volumes: [{ name: conf, configMap: { name: cloudcore, defaultMode: 0644 } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: cloudcore }
data:
  cloudcore.yaml: |
    modules:
      cloudHub: { advertiseAddress: [10.77.0.1] }
      dynamicController: { enable: true }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cloudcore }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
`

const container = {
  name: 'cloudcore',
  image: 'kubeedge/cloudcore:v1.22.0',
  imagePullPolicy: 'IfNotPresent',
  env: [{ name: 'A', value: '1' }],
  resources: { limits: { cpu: '200m', memory: '1Gi' } },
}
const deployment = (replicas: number, changed: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cloudcore', uid: 'x' },
  spec: {
    replicas,
    strategy: { type: 'Recreate' },
    template: {
      spec: {
        hostNetwork: true,
        containers: [{ ...container, ...changed }],
        volumes: [{ name: 'conf', configMap: { name: 'cloudcore', defaultMode: 420 } }],
      },
    },
  },
})
/** As CloudCore rewrites it: with every default. */
const config = (dynamic: boolean) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'cloudcore' },
  data: {
    'cloudcore.yaml': `kubeAPIConfig: {qps: 500}\nmodules:\n  cloudHub:\n    advertiseAddress:\n    - 10.77.0.1\n    nodeLimit: 1000\n  dynamicController:\n    enable: ${dynamic}\n`,
  },
})
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'cloudcore' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
}

async function drift(...items: object[]): Promise<unknown> {
  const cluster: Cluster = {
    host: {
      root: '/',
      env: {},
      now: Date.now,
      exec: async () => ({ code: 0, stdout: JSON.stringify({ kind: 'List', items }), stderr: '' }),
    },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  }
  return driftOf(cluster, { manifest: MANIFEST, namespace: 'kubeedge' })
}

it('finds nothing in objects that only have defaults, other forms of quantities and a rewritten configuration', async () => {
  expect(await drift(deployment(1), config(true), role)).toEqual([])
})

it.each([
  ['replicas', [deployment(0), config(true), role], 'Deployment', 'spec.replicas'],
  [
    'an environment variable',
    [deployment(1, { env: [{ name: 'A', value: '2' }] }), config(true), role],
    'Deployment',
    'spec.template.spec.containers[0].env[0].value',
  ],
  [
    'a setting inside a configuration',
    [deployment(1), config(false), role],
    'ConfigMap',
    'data.cloudcore.yaml.modules.dynamicController.enable',
  ],
  ['rules', [deployment(1), config(true), { ...role, rules: [] }], 'ClusterRole', 'rules'],
])('names the object and the field of changed %s', async (_what, live, kind, field) => {
  expect(await drift(...live)).toMatchObject([{ kind, name: 'cloudcore', fields: [field] }])
})

it('names what was deleted', async () => {
  expect(await drift(deployment(1), config(true))).toMatchObject([
    { kind: 'ClusterRole', name: 'cloudcore', fields: [] },
  ])
})

it('says how a list is restored to which somebody added', async () => {
  const env = [...container.env, { name: 'HAND', value: 'made' }]
  expect(await drift(deployment(1, { env }), config(true), role)).toMatchObject([
    {
      fields: ['spec.template.spec.containers[0].env'],
      at: { namespace: 'kubeedge', resource: 'deployment.v1.apps' },
      lists: [
        { op: 'replace', path: '/spec/template/spec/containers/0/env', value: [{ name: 'A', value: '1' }] },
      ],
    },
  ])
})

describe('a cluster that does not list them', () => {
  const failing = (stderr: string): Cluster => ({
    host: { root: '/', env: {}, now: Date.now, exec: async () => ({ code: 1, stdout: '', stderr }) },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  })
  const release = { manifest: MANIFEST, namespace: 'kubeedge' }

  it('says nothing of them', async () => {
    await expect(driftOf(failing('Unable to connect to the server'), release)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    })
  })

  it('has none of a kind that it does not know', async () => {
    const found = await driftOf(failing(`error: the server doesn't have a resource type "rule"`), release)
    expect(found.every(({ fields }) => fields.length === 0)).toBe(true)
    expect(found.length).toBeGreaterThan(0)
  })
})

describe('a quantity', () => {
  /** As an API server gives it back: in the canonical form of k8s.io/apimachinery's resource.Quantity. */
  async function differs(wanted: string, live: string): Promise<boolean> {
    const quota = (memory: string) =>
      `{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"memory":${memory}}}}`
    const cluster: Cluster = {
      host: {
        root: '/',
        env: {},
        now: Date.now,
        exec: async () => ({ code: 0, stdout: quota(JSON.stringify(live)), stderr: '' }),
      },
      ...{ kubectl: ['kubectl'], kubeconfig: '/k' },
    }
    return (await driftOf(cluster, { manifest: quota(wanted), namespace: 'n' })).length > 0
  }

  it.each([
    ['0.5', '500m'],
    ['0.102', '102m'],
    ['0.009', '9m'],
    ['"1.5"', '1500m'],
    ['.25', '250m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1024Gi', '1Ti'],
    ['1000G', '1T'],
    ['1e3', '1k'],
    ['"2E3"', '2k'],
    ['1000', '1k'],
    ['"1E"', '1E'],
    ['0.0005m', '500n'],
  ])('of %s is the %s that Kubernetes makes of it', async (wanted, live) => {
    expect(await differs(wanted, live)).toBe(false)
  })

  it.each([
    ['0.5', '501m'],
    ['1Gi', '1G'],
    ['1E', '1e3'],
    ['1Gi', '1Gib'],
    ['"1m"', '1M'],
  ])('of %s is not one of %s', async (wanted, live) => {
    expect(await differs(wanted, live)).toBe(true)
  })
})

it('reads numbers of a manifest as Kubernetes does: octal file modes, and words that YAML 1.1 takes for booleans', async () => {
  const live = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { mode: 420, enabled: true, text: 'on' },
  }
  const cluster: Cluster = {
    host: {
      root: '/',
      env: {},
      now: Date.now,
      exec: async () => ({ code: 0, stdout: JSON.stringify(live), stderr: '' }),
    },
    ...{ kubectl: ['kubectl'], kubeconfig: '/k' },
  }
  const manifest =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  mode: 0644\n  enabled: yes\n  text: "on"\n'
  expect(await driftOf(cluster, { manifest, namespace: 'n' })).toEqual([])
})
