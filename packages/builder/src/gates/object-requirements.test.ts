import { describe, expect, it } from 'vitest'
import { readObjects } from './kubernetes-yaml.ts'
import { type ObjectSource, requirementsIn } from './object-requirements.ts'

const SOURCE: ObjectSource = {
  requirer: { kind: 'chart', name: 'c' },
  where: 'charts.c',
  platform: 'linux/amd64',
  mayPull: false,
  notImages: new Set(),
}
const EDGE = 'nodeSelector: {node-role.kubernetes.io/edge: ""}'
const images = (text: string, source = SOURCE): string[] =>
  requirementsIn(readObjects(text), source).requirements.map(
    ({ role, reference, requirer }) => `${role} ${reference} ${requirer.detail}`,
  )

describe('pods that are found', () => {
  it.each<[string, string, string]>([
    [
      'in a ConfigMap, as YAML text',
      `kind: ConfigMap\nmetadata: {name: m}\ndata:\n  pod.yaml: |\n    kind: Pod\n    metadata: {name: p}\n    spec:\n      ${EDGE}\n      containers: [{image: "i:1"}]\n`,
      'ConfigMap m, Pod p',
    ],
    [
      'in a ConfigMap, as JSON',
      `kind: ConfigMap\nmetadata: {name: m}\ndata:\n  spec: '{"nodeSelector": {"node-role.kubernetes.io/edge": ""}, "containers": [{"image": "i:1"}]}'\n`,
      'ConfigMap m',
    ],
    [
      'in a Secret, encoded',
      `kind: Secret\nmetadata: {name: s}\ndata:\n  spec: ${Buffer.from(`${EDGE}\ncontainers:\n- image: i:1\n`).toString('base64')}\n`,
      'Secret s',
    ],
    [
      'in a workflow of Argo, as "container"',
      `kind: Workflow\nmetadata: {name: w}\nspec: {templates: [{name: t, ${EDGE}, container: {image: "i:1"}}]}\n`,
      'Workflow w',
    ],
    [
      'in a workflow of Argo, as "script"',
      `kind: Workflow\nmetadata: {name: w}\nspec: {templates: [{name: t, ${EDGE}, script: {image: "i:1", source: x}}]}\n`,
      'Workflow w',
    ],
    [
      'in initContainers, where the containers have no image',
      `kind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {${EDGE}, initContainers: [{image: "i:1"}], containers: [{name: x}]}}}\n`,
      'Deployment d',
    ],
    [
      'in the values of a HelmChart',
      `kind: HelmChart\nmetadata: {name: h}\nspec:\n  valuesContent: |\n    pod:\n      ${EDGE}\n      containers:\n      - image: i:1\n`,
      'HelmChart h',
    ],
  ])('%s', (_, text, owner) => {
    expect(images(text)).toEqual([`edge docker.io/library/i:1 ${owner}`])
  })
})

describe('a pod that does not start offline', () => {
  const pod = (container: string): string =>
    `kind: Pod\nmetadata: {name: p}\nspec: {${EDGE}, containers: [{${container}}]}\n`
  const codes = (text: string, source = SOURCE): string[] =>
    requirementsIn(readObjects(text), source).findings.map(({ code, text: { en } }) => `${code} ${en}`)

  it.each([
    ['container', pod('image: "i:1", imagePullPolicy: Always')],
    [
      'image volume',
      `kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: "j:1"}], volumes: [{image: {reference: "i:1", pullPolicy: Always}}]}`,
    ],
  ])('because its %s is pulled always', (_, text) => {
    const [finding, ...rest] = codes(text)
    expect(rest).toEqual([])
    expect(finding).toMatch(/^PULL_ALWAYS chart c \(Pod p\) has imagePullPolicy: Always for i:1.*mayPull/)
    expect(codes(text, { ...SOURCE, mayPull: true })).toEqual([])
  })

  it.each([
    [
      'a custom resource',
      'kind: Mesh\nmetadata: {name: m}\nspec: {proxy: {image: "i:1", imagePullPolicy: Always}}',
    ],
    [
      'parts of an image',
      'kind: Mesh\nmetadata: {name: m}\nspec: {image: {repository: i, tag: "1", pullPolicy: Always}}',
    ],
    [
      'an argument',
      'kind: Mesh\nmetadata: {name: m}\nspec: {containers: [{args: ["--image-pull-policy=Always"]}]}',
    ],
    [
      'an argument of its own',
      'kind: Mesh\nmetadata: {name: m}\nspec: {containers: [{args: ["--pull-policy", Always]}]}',
    ],
    [
      'a variable',
      'kind: Mesh\nmetadata: {name: m}\nspec: {containers: [{env: [{name: PROXY_IMAGE_PULL_POLICY, value: Always}]}]}',
    ],
    [
      'the template of a container',
      'kind: Mesh\nmetadata: {name: m}\ndata:\n  t: |\n    containers:\n    - image: {{ x "i:1" }}\n      imagePullPolicy: Always\n',
    ],
    ['JSON in a text', `kind: Mesh\nmetadata: {name: m}\ndata: {t: '{"imagePullPolicy":"Always"}'}`],
  ])('may be made of %s, which is a warning', (_, text) => {
    const { findings } = requirementsIn(readObjects(text), SOURCE)
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning PULL_ALWAYS'])
    expect(findings[0]?.text.en).toMatch(/^chart c sets a pull policy of Always \(Mesh m, (spec|data)\./)
    expect(codes(text, { ...SOURCE, mayPull: true })).toEqual([])
  })

  it('is told once, by its image, also in a text', () => {
    const text = `kind: ConfigMap\nmetadata: {name: m}\ndata:\n  p: |\n    ${EDGE}\n    containers:\n    - {image: "i:1", imagePullPolicy: Always}\n`
    expect(codes(text)).toHaveLength(1)
    expect(codes(text)[0]).toMatch(/for i:1/)
  })

  it.each(['restartPolicy: Always', 'imagePullPolicy: IfNotPresent', 'note: "Always"'])(
    'is not one with %s',
    (text) => {
      expect(codes(`kind: Mesh\nmetadata: {name: m}\nspec: {${text}}`)).toEqual([])
    },
  )

  it('because its image is named by digest, which an import does not keep', () => {
    expect(codes(pod(`image: "i:1@sha256:${'0'.repeat(64)}"`))[0]).toMatch(/^REFERENCE .*by its tag alone/)
  })

  it('is accepted with IfNotPresent', () => {
    expect(codes(pod('image: "i:1", imagePullPolicy: IfNotPresent'))).toEqual([])
  })

  it('because its image is a word that is replaced later; a release can say so', () => {
    expect(codes(pod('image: auto'))[0]).toMatch(/^REFERENCE .*"auto".*notImages/)
    expect(codes(pod('image: auto'), { ...SOURCE, notImages: new Set(['auto']) })).toEqual([])
  })
})

describe('texts that look like images', () => {
  const mentioned = (text: string): string[] =>
    requirementsIn(readObjects(text), SOURCE).mentioned.map((one) => one.text)

  it('are told apart from the images of pods, also of pods that run on none of our nodes', () => {
    const windows = `kind: Pod\nmetadata: {name: p}\nspec: {nodeSelector: {kubernetes.io/os: windows}, containers: [{image: "w:1", args: ["--x-image=x:1"]}]}\n`
    expect(images(windows)).toEqual([])
    expect(mentioned(windows)).toEqual(['x:1'])
  })
})

describe('a container without an image', () => {
  const findings = (text: string, source = SOURCE) =>
    requirementsIn(readObjects(text), source).findings.map(({ code, text: { en } }) => `${code} ${en}`)
  const pod = (container: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [${container}]}\n`
  const refused = (owner: string) => [
    `REFERENCE chart c (${owner}) has no image for its container x, which Kubernetes refuses; set the image in the values`,
  ]

  it.each([
    ['an empty text', pod('{name: x, image: ""}'), 'Pod p'],
    ['null', pod('{name: x, image: }'), 'Pod p'],
    ['none, beside one that has', pod('{name: y, image: "i:1"}, {name: x}'), 'Pod p'],
    [
      'in a CronJob',
      'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: {template: {spec: {initContainers: [{name: x}]}}}}}\n',
      'CronJob j',
    ],
    [
      'in a List',
      'apiVersion: v1\nkind: List\nitems: [{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}, spec: {template: {spec: {containers: [{name: x}]}}}}]\n',
      'DaemonSet d',
    ],
  ])('is an error: %s', (_what, text, owner) => {
    expect(findings(text)).toEqual(refused(owner))
  })

  it.each([
    ['an image', pod('{name: x, image: "i:1"}')],
    [
      'a kind that is not of Kubernetes',
      'apiVersion: serving.knative.dev/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: x}]}}}\n',
    ],
    ['no pod', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: 5}\n'],
    ['no kind', 'spec: {containers: [{name: x}]}\n'],
  ])('is none: %s', (_what, text) => {
    expect(findings(text)).toEqual([])
  })

  it('may be in a file, which may be a patch', () => {
    expect(findings(pod('{name: x}'), { ...SOURCE, requirer: { kind: 'file', name: 'f' } })).toEqual([])
  })
})
