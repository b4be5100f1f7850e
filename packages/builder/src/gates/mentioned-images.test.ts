import { describe, expect, it } from 'vitest'
import { readObjects } from './kubernetes-yaml.ts'
import { mentionedImages } from './mentioned-images.ts'

const found = (yaml: string): string[] =>
  mentionedImages(readObjects(yaml)).map(({ reference, place }) => `${reference} | ${place}`)
const DIGEST = `sha256:${'a'.repeat(64)}`

describe('texts that look like images', () => {
  it.each<[string, string, string]>([
    [
      'a field of a custom resource',
      'kind: Prometheus\nmetadata: {name: p}\nspec: {image: "prom:v1"}',
      'docker.io/library/prom:v1 | Prometheus p, spec.image',
    ],
    [
      'an argument',
      'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{args: ["--x-image=r.example/x:1"]}]}',
      'r.example/x:1 | Pod p, spec.containers[0].args[0]',
    ],
    [
      'an argument of its own',
      'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{args: ["--helper-image", "helper:2"]}]}',
      'docker.io/library/helper:2 | Pod p, spec.containers[0].args[1]',
    ],
    [
      'a variable',
      'kind: Pod\nmetadata: {name: p}\nspec: {containers: [{env: [{name: HELPER_IMAGE, value: "helper:2"}]}]}',
      'docker.io/library/helper:2 | Pod p, spec.containers[0].env[0].value',
    ],
    [
      'a repository and a tag',
      'kind: X\nmetadata: {name: x}\nspec: {registry: r.example, repository: a/b, tag: "1"}',
      'r.example/a/b:1 | X x, spec',
    ],
    [
      'an image and its version',
      'kind: X\nmetadata: {name: x}\nspec: {image: r.example/a/b, version: v2}',
      'r.example/a/b:v2 | X x, spec',
    ],
    [
      'an image and its tag under another key',
      'kind: X\nmetadata: {name: x}\nspec: {image: r.example/a/b, imageTag: v2}',
      'r.example/a/b:v2 | X x, spec',
    ],
    [
      'a name and a tag below "image"',
      'kind: X\nmetadata: {name: x}\nspec: {agentImage: {name: a/b, tag: v2}}',
      'docker.io/a/b:v2 | X x, spec.agentImage',
    ],
    [
      'a repository and a digest',
      `kind: X\nmetadata: {name: x}\nspec: {image: {repository: r.example/b, digest: "${DIGEST}"}}`,
      `r.example/b@${DIGEST} | X x, spec.image`,
    ],
    [
      'an argument in a Secret',
      `kind: Secret\nmetadata: {name: s}\ndata: {args: ${Buffer.from('--image=r.example/x:1').toString('base64')}}`,
      'r.example/x:1 | Secret s, data.args',
    ],
    [
      'a text in the binary data of a ConfigMap',
      `kind: ConfigMap\nmetadata: {name: m}\nbinaryData: {x: ${Buffer.from('image: r.example/x:1').toString('base64')}}`,
      'r.example/x:1 | ConfigMap m, binaryData.x',
    ],
    [
      'a file in a ConfigMap',
      'kind: ConfigMap\nmetadata: {name: m}\ndata:\n  conf: |\n    helper {\n      image = "helper:2"\n    }\n',
      'docker.io/library/helper:2 | ConfigMap m, data.conf',
    ],
    [
      'a digest anywhere',
      `kind: ConfigMap\nmetadata: {name: m}\ndata: {x: "run r.example/x@${DIGEST} now"}`,
      `r.example/x@${DIGEST} | ConfigMap m, data.x`,
    ],
    [
      'a path and a version',
      'kind: ConfigMap\nmetadata: {name: m}\ndata: {x: kubeedge/agent:v1.17.0}',
      'docker.io/kubeedge/agent:v1.17.0 | ConfigMap m, data.x',
    ],
    [
      'an image of Kustomize',
      'kind: X\nmetadata: {name: x}\nimages: [{name: nginx, newName: r.example/web, newTag: "1.25"}]',
      'r.example/web:1.25 | X x, images[0]',
    ],
    [
      'a base image and its tag',
      'kind: X\nmetadata: {name: x}\nspec: {baseImage: r.example/p, tag: v2}',
      'r.example/p:v2 | X x, spec',
    ],
    [
      'the values of a HelmChart',
      'kind: HelmChart\nmetadata: {name: h}\nspec:\n  valuesContent: |\n    image:\n      repository: r.example/b\n      tag: 1.25\n',
      'r.example/b:1.25 | HelmChart h, spec.valuesContent',
    ],
    [
      'JSON without blanks',
      `kind: ConfigMap\nmetadata: {name: m}\ndata: {x: '{"image":"helper:2"}'}`,
      'docker.io/library/helper:2 | ConfigMap m, data.x',
    ],
    [
      'a JSON patch',
      'kind: X\nmetadata: {name: x}\nspec: [{op: add, path: /spec/containers/0/image, value: "a/b:1"}]',
      'docker.io/a/b:1 | X x, spec[0].value',
    ],
    [
      'a default of a CRD',
      'kind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {schema: {properties: {image: {type: string, default: "helper:2"}}}}',
      'docker.io/library/helper:2 | CustomResourceDefinition x, spec.schema.properties.image.default',
    ],
    [
      'a map in a default of a CRD',
      'kind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {versions: [{schema: {default: {image: "helper:2"}}}]}',
      'docker.io/library/helper:2 | CustomResourceDefinition x, spec.versions[0].schema.default.image',
    ],
    [
      'with the scheme of a registry',
      'kind: VM\nmetadata: {name: v}\nspec: {source: "docker://r.example/disk:3"}',
      'r.example/disk:3 | VM v, spec.source',
    ],
  ])('%s', (_, yaml, expected) => {
    expect(found(yaml)).toContain(expected)
  })

  it.each([
    '10.0.0.1:8080',
    'localhost:5000',
    'http://x.example/y:80',
    'system:serviceaccount:kube-system/x',
    'key:value',
    'registry.example:5000',
    'nvidia.com/gpu:NoSchedule',
    'unix:/run/x.sock',
    '12:30',
    'svc/web:8080',
  ])('are not: %s', (text) => {
    expect(found(`kind: ConfigMap\nmetadata: {name: m}\ndata: {x: "${text}", y: "a ${text} b"}`)).toEqual([])
  })

  it('are not in the schema of a CRD beside its defaults', () => {
    const schema = '{image: "a:1", properties: {image: {example: "a:1", description: "a:1", enum: ["a:1"]}}}'
    expect(found(`kind: CustomResourceDefinition\nmetadata: {name: x}\nspec: ${schema}`)).toEqual([])
  })
})
