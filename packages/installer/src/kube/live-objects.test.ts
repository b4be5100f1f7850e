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
