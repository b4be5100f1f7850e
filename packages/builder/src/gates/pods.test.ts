import { describe, expect, it } from 'vitest'
import { readObjects } from './kubernetes-yaml.ts'
import { rolesOfPod } from './pod-roles.ts'
import { podsIn } from './pods.ts'

function found(yaml: string): string[] {
  return podsIn(readObjects(yaml)).map(({ owner, images }) => `${owner}: ${images.join(' ')}`)
}

describe('pods in Kubernetes objects', () => {
  it.each([
    ['Pod', 'kind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: "i:1"}]}'],
    [
      'Deployment',
      'kind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{image: "i:1"}]}}}',
    ],
    [
      'CronJob',
      'kind: CronJob\nmetadata: {name: x}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: "i:1"}]}}}}}',
    ],
    [
      'EdgeApplication',
      'kind: EdgeApplication\nmetadata: {name: x}\nspec: {deep: [{template: {spec: {containers: [{image: "i:1"}]}}}]}',
    ],
  ])('are found in a %s', (kind, yaml) => {
    expect(found(yaml)).toEqual([`${kind} x: i:1`])
  })

  it('ask for the images of all their containers and volumes', () => {
    const [pod] = podsIn({
      kind: 'Pod',
      metadata: { name: 'x' },
      spec: {
        containers: [{ image: 'a:1' }, { image: 'a:1' }],
        initContainers: [{ image: 'b:1' }],
        ephemeralContainers: [{ image: 'c:1' }],
        volumes: [
          { name: 'v', image: { reference: 'd:1' } },
          { name: 'w', emptyDir: {} },
        ],
      },
    })
    expect(pod?.images).toEqual(['a:1', 'b:1', 'c:1', 'd:1'])
  })

  it('are named by the nearest object, also inside of a List', () => {
    const list = `kind: List
items:
  - kind: Job
    metadata: {name: one}
    spec: {template: {spec: {containers: [{image: "i:1"}]}}}
  - kind: Workload
    metadata: {name: two}
    spec:
      manifests:
        - kind: DaemonSet
          metadata: {name: three}
          spec: {template: {spec: {containers: [{image: "j:1"}]}}}
`
    expect(found(list)).toEqual(['Job one: i:1', 'DaemonSet three: j:1'])
  })

  it('are found in the binary data of a ConfigMap', () => {
    const pod = 'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: "i:1"}]}'
    const data = Buffer.from(pod).toString('base64')
    expect(found(`kind: ConfigMap\nmetadata: {name: m}\nbinaryData: {pod.yaml: ${data}}`)).toEqual([
      'ConfigMap m, Pod p: i:1',
    ])
  })

  it('are looked for in long texts in time that grows with their length', () => {
    const started = performance.now()
    expect(podsIn({ kind: 'ConfigMap', data: { text: ' image '.repeat(140_000) } })).toEqual([])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('are not seen in the schema of a CRD', () => {
    expect(
      found(
        'kind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {example: {containers: [{image: "i:1"}]}}',
      ),
    ).toEqual([])
  })

  it('are read as Kubernetes reads YAML', () => {
    expect(
      found('a: 1\na: 2\n---\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{image: "i:1"}]}'),
    ).toEqual(['Pod x: i:1'])
    expect(readObjects('a: [')).toHaveProperty('reason')
  })
})

const required = (...matchExpressions: object[]): object => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
})
const EDGE = 'node-role.kubernetes.io/edge'

describe('where a pod can run', () => {
  it.each<[string, object, string[]]>([
    ['anywhere without rules', {}, ['cloud', 'edge']],
    ['not on edges', required({ key: EDGE, operator: 'DoesNotExist' }), ['cloud']],
    ['on edges only', required({ key: EDGE, operator: 'Exists' }), ['edge']],
    ['by a selector on the edge label', { nodeSelector: { [EDGE]: '' } }, ['edge']],
    [
      'by a selector on the control plane',
      { nodeSelector: { 'node-role.kubernetes.io/control-plane': 'true' } },
      ['cloud'],
    ],
    ['wherever a label of the site may be', { nodeSelector: { site: 'north' } }, ['cloud', 'edge']],
    ['on Linux', { nodeSelector: { 'kubernetes.io/os': 'linux' } }, ['cloud', 'edge']],
    ['nowhere for Windows', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, []],
    [
      'nowhere on another processor',
      required({ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }),
      [],
    ],
    [
      'on several processors',
      required({ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] }),
      ['cloud', 'edge'],
    ],
    [
      'not where it must not',
      required({ key: 'kubernetes.io/arch', operator: 'NotIn', values: ['amd64'] }),
      [],
    ],
    [
      'on a named node of whatever role',
      { nodeName: 'n', ...required({ key: EDGE, operator: 'Exists' }) },
      ['cloud', 'edge'],
    ],
    ['nowhere with an empty term', required(), []],
    ['anywhere with any toleration', { tolerations: [{ operator: 'Exists' }] }, ['cloud', 'edge']],
    [
      'where one of several terms holds',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: EDGE, operator: 'Exists' }] },
                {
                  matchExpressions: [
                    { key: EDGE, operator: 'DoesNotExist' },
                    { key: 'x', operator: 'Exists' },
                  ],
                },
              ],
            },
          },
        },
      },
      ['cloud', 'edge'],
    ],
    [
      'anywhere that it only prefers',
      { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } },
      ['cloud', 'edge'],
    ],
  ])('%s', (_, pod, roles) => {
    expect(rolesOfPod(pod, 'linux/amd64')).toEqual(roles)
  })
})
