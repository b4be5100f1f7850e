import { describe, expect, it } from 'vitest'
import { imagelessIn } from './imageless.ts'

const metadata = { name: 'app' }
const pod = (...containers: unknown[]) => ({ containers })
const template = (...containers: unknown[]) => ({ template: { spec: pod(...containers) } })
const BARE = { name: 'main' }

describe('a container without an image', () => {
  it.each([
    ['v1', 'Pod', pod(BARE)],
    ['apps/v1', 'Deployment', template(BARE)],
    ['apps/v1', 'DaemonSet', template(BARE)],
    ['apps/v1', 'StatefulSet', template(BARE)],
    ['apps/v1', 'ReplicaSet', template(BARE)],
    ['batch/v1', 'Job', template(BARE)],
    ['batch/v1', 'CronJob', { jobTemplate: { spec: template(BARE) } }],
  ])('is found in %s %s', (apiVersion, kind, spec) => {
    expect(imagelessIn([{ apiVersion, kind, metadata, spec }])).toEqual([
      { owner: `${kind} app`, container: 'main' },
    ])
  })

  it.each([[undefined], [null], [''], [1.36], [true], [['a:1']]])('is one whose image is %j', (image) => {
    const spec = pod({ name: 'main', image }, { name: 'other', image: 'a:1' })
    expect(imagelessIn([{ apiVersion: 'v1', kind: 'Pod', metadata, spec }])).toMatchObject([
      { container: 'main' },
    ])
  })

  it('is found among init containers, and in lists of lists', () => {
    const spec = { initContainers: [{ name: 'first' }], containers: [BARE] }
    const one = { apiVersion: 'v1', kind: 'Pod', metadata, spec }
    const list = { apiVersion: 'v1', kind: 'List', items: [one] }
    expect(imagelessIn([{ apiVersion: 'v1', kind: 'PodList', items: [list, 'x'] }])).toEqual([
      { owner: 'Pod app', container: 'first' },
      { owner: 'Pod app', container: 'main' },
    ])
  })

  it('is told by its kind where its object has no name', () => {
    const [found] = imagelessIn([{ apiVersion: 'v1', kind: 'Pod', spec: pod(BARE) }])
    expect(found?.owner).toMatch(/^Pod/)
  })
})

it.each([
  [
    'kinds that Kubernetes makes no pods of',
    { apiVersion: 'apps/v1', kind: 'Rollout', spec: template(BARE) },
  ],
  [
    'kinds of that name in other groups',
    { apiVersion: 'batch.volcano.sh/v1', kind: 'Job', spec: template(BARE) },
  ],
  ['names of the prototype', { apiVersion: 'v1', kind: 'constructor', spec: pod(BARE) }],
  ['objects that are cut', { apiVersion: 'v1', kind: 'Pod' }],
  ['containers that are no list', { apiVersion: 'v1', kind: 'Pod', spec: { containers: 'x' } }],
  ['texts, which may be patches', 'kind: Pod'],
  ['nothing', null],
])('%s have no container that lacks one', (_what, object) => {
  expect(imagelessIn([object])).toEqual([])
})
