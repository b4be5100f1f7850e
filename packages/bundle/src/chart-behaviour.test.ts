import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CHART_BEHAVIOUR } from './chart-behaviour.ts'

const Behaviour = z.strictObject(CHART_BEHAVIOUR)
const refused = (value: object): string[] =>
  Behaviour.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? []

it('asks for nothing', () => {
  expect(Behaviour.parse({})).toEqual({})
})

describe('what a chart says of itself', () => {
  it.each<[string, object]>([
    ['an order of zero', { order: 0 }],
    [
      'workloads to restart',
      { restarts: ['deployment/cloudcore', 'daemonset/edgemesh-agent', 'statefulset/a.b'] },
    ],
    [
      'an object, with or without a key',
      {
        ready: [
          { resource: 'secret', name: 'a', key: 'k' },
          { resource: 'crd', name: 'b' },
        ],
      },
    ],
    ['an object with a colon in its name', { leaves: [{ resource: 'clusterrole', names: ['system:edge'] }] }],
    [
      'a label of an object in a namespace',
      {
        labels: [
          { resource: 'service', namespace: 'default', name: 'a', label: 'example.org/b', value: 'c_d' },
        ],
      },
    ],
    ['what it leaves', { leaves: [{ resource: 'gateways.networking.istio.io', names: ['a'] }] }],
    ['a certificate', { certificate: { secret: 's', key: 'stream.crt', covers: ['advertiseAddresses'] } }],
  ])('may be %s', (_what, value) => {
    expect(Behaviour.parse(value)).toEqual(value)
  })

  it.each<[string, object, string]>([
    ['an order below zero', { order: -1 }, 'order'],
    ['an order between two', { order: 1.5 }, 'order'],
    ['a workload without its kind', { restarts: ['cloudcore'] }, 'restarts.0'],
    ['a workload of another kind', { restarts: ['job/a'] }, 'restarts.0'],
    ['a workload that is an option of kubectl', { restarts: ['deployment/--all'] }, 'restarts.0'],
    ['a workload in capitals', { restarts: ['deployment/CloudCore'] }, 'restarts.0'],
    ['two workloads in one', { restarts: ['deployment/a deployment/b'] }, 'restarts.0'],
    ['a resource in capitals', { ready: [{ resource: 'Secret', name: 'a' }] }, 'ready.0.resource'],
    [
      'a resource that is an option of kubectl',
      { ready: [{ resource: '-A', name: 'a' }] },
      'ready.0.resource',
    ],
    ['an object without a name', { ready: [{ resource: 'secret', name: '' }] }, 'ready.0.name'],
    [
      'an object whose name is an option of kubectl',
      { ready: [{ resource: 'secret', name: '--all' }] },
      'ready.0.name',
    ],
    [
      'a name that leads to another object',
      { leaves: [{ resource: 'secret', names: ['../x'] }] },
      'leaves.0.names.0',
    ],
    ['a name with NUL', { certificate: { secret: 'a\0b', key: 'k', covers: ['a'] } }, 'certificate.secret'],
    ['a key with a blank', { ready: [{ resource: 'secret', name: 'a', key: 'a b' }] }, 'ready.0.key'],
    [
      'a label in no namespace there can be',
      { labels: [{ resource: 'service', namespace: 'http://[', name: 'a', label: 'b' }] },
      'labels.0.namespace',
    ],
    [
      'a label key that would be an expression',
      { labels: [{ resource: 'service', namespace: '', name: 'a', label: 'b=c' }] },
      'labels.0.label',
    ],
    [
      'a label value that is too long',
      { labels: [{ resource: 'service', namespace: '', name: 'a', label: 'b', value: 'x'.repeat(64) }] },
      'labels.0.value',
    ],
    ['leaving nothing', { leaves: [{ resource: 'secret', names: [] }] }, 'leaves.0.names'],
    [
      'a certificate for nobody',
      { certificate: { secret: 's', key: 'k', covers: [] } },
      'certificate.covers',
    ],
    ['a key that is none', { certificate: { secret: 's', key: 'k', covers: ['a'], days: 9 } }, 'certificate'],
  ])('is refused: %s', (_what, value, field) => {
    expect(refused(value)).toEqual([field])
  })
})

it('gives a label no value where none is named', () => {
  const label = { resource: 'namespace', namespace: '', name: 'kubeedge', label: 'a/b' }
  expect(Behaviour.parse({ labels: [label] }).labels).toEqual([{ ...label, value: '' }])
})

it('explains every field', () => {
  for (const [name, schema] of Object.entries(CHART_BEHAVIOUR))
    expect(schema.description, name).toMatch(/\.$/)
})
