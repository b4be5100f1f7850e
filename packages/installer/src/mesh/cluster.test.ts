import { describe, expect, it } from 'vitest'
import type { Api } from './api.ts'
import { annotateEndpoints, joinedEdges, logPath, runningCloudCore, scaleWatches } from './cluster.ts'
import { comparedObjects, meshChanges, meshObjects } from './objects.ts'

/** An API that responds with a list, and what was asked of it. */
function apiWith(...items: object[]) {
  const asked: { verb: string; path: string; change?: object }[] = []
  const api: Api = {
    get: async (path) => {
      asked.push({ verb: /\/log\?/.test(path) ? 'get' : 'list', path })
      return { items }
    },
    patch: async (path, change) => void asked.push({ verb: 'patch', path, change }),
    lines: async (path) => void asked.push({ verb: 'get', path }),
  }
  return { api, asked }
}
const core = (pod: string, startedAt: string | undefined, name = 'cloudcore') => ({
  metadata: { name: pod },
  status: {
    containerStatuses: [
      { name, containerID: `id-of-${pod}`, state: startedAt === undefined ? {} : { running: { startedAt } } },
    ],
  },
})
const endpoints = (name: string) => ({ metadata: { name, namespace: 'default' } })

describe('CloudCore', () => {
  it('is the one that started last: the other is on its way out', async () => {
    const [old, next] = ['2026-11-28T08:00:00Z', '2026-11-28T09:00:00Z']
    const { api } = apiWith(core('a', old), core('b', next), core('c', undefined))
    expect(await runningCloudCore(api)).toEqual({
      pod: 'b',
      containerId: 'id-of-b',
      startedAt: Date.parse(next),
    })
  })

  it.each([
    ['no container of it runs', [core('a', undefined)]],
    ['only one beside it runs', [core('a', '2026-11-28T08:00:00Z', 'iptables-manager')]],
    ['a pod has no containers yet', [{ metadata: { name: 'a' }, status: {} }]],
  ])('is none while %s', async (_what, pods) => {
    expect(await runningCloudCore(apiWith(...pods).api)).toBeUndefined()
  })
})

it('a cluster without edges, whose list the API gives as null, has none', async () => {
  const api: Api = { ...apiWith().api, get: async () => ({ kind: 'PartialObjectMetadataList', items: null }) }
  expect(await joinedEdges(api)).toEqual(new Set())
  expect(await annotateEndpoints(api, 'now')).toBe(0)
})

it('every Endpoints object is annotated, and the annotation is taken off again', async () => {
  const { api, asked } = apiWith(endpoints('a'), endpoints('b'))
  expect(await annotateEndpoints(api, 'now')).toBe(2)
  await annotateEndpoints(api, null)
  const changes = asked.flatMap(({ path, change }) => (change ? [[path.split('/').at(-1), change]] : []))
  const to = (value: string | null) => ({ metadata: { annotations: { 'edgelift.io/refreshed': value } } })
  expect(changes).toEqual([
    ['a', to('now')],
    ['b', to('now')],
    ['a', to(null)],
    ['b', to(null)],
  ])
})

describe('the service account', () => {
  type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }
  const rulesOf = (kind: string) => {
    const found = meshObjects('busybox:1').find((one) => one.kind === kind)
    return (found?.rules ?? []) as Rule[]
  }
  /** As the API server takes a path apart: its resource with the sub-resource, and the object's name. */
  function requestOf(path: string) {
    const [, , group = '', namespace, rest = ''] =
      /^\/(api|apis\/([^/]+))\/v1\/(?:namespaces\/([^/]+)\/)?([^?]+)/.exec(path) ?? []
    const [resource, name, sub] = rest.split('/')
    return { group, namespace, resource: sub === undefined ? resource : `${resource}/${sub}`, name }
  }

  it('may do what the service does, and nothing else', async () => {
    const { api, asked } = apiWith(core('cloudcore-1', '2026-11-28T08:00:00Z'))
    const found = await runningCloudCore(api)
    if (found === undefined) throw new Error('no CloudCore')
    await joinedEdges(api)
    await api.lines(logPath(found, undefined), () => {}, new AbortController().signal)
    await scaleWatches(api, 3)
    const { api: others, asked: more } = apiWith(endpoints('a'))
    await annotateEndpoints(others, 'x')
    const used = new Set<string>()
    for (const { verb, path } of [...asked, ...more]) {
      const { group, namespace, resource, name } = requestOf(path)
      // Endpoints and nodes are everybody's; the rest is of one namespace.
      const kind = namespace === 'kubeedge' ? 'Role' : 'ClusterRole'
      const rule = rulesOf(kind).find(
        ({ apiGroups, resources, verbs, resourceNames }) =>
          apiGroups.includes(group) &&
          resources.includes(resource ?? '') &&
          verbs.includes(verb) &&
          (resourceNames?.includes(name ?? '') ?? true),
      )
      expect(rule, `${verb} ${path}`).toBeDefined()
      used.add(`${kind} ${resource} ${verb}`)
    }
    const granted = (['Role', 'ClusterRole'] as const).flatMap((kind) =>
      rulesOf(kind).flatMap(({ resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${kind} ${resource} ${verb}`)),
      ),
    )
    expect([...used].toSorted()).toEqual(granted.toSorted())
  })

  it('has no token but the one that is written down, in no pod', () => {
    const automounts = JSON.stringify(meshObjects('busybox:1')).match(/"automountServiceAccountToken":(\w+)/g)
    expect(automounts).toEqual(Array(2).fill('"automountServiceAccountToken":false'))
  })
})

describe('the objects', () => {
  it('are recorded one by one, each of them', () => {
    const kindsOf = (list: readonly { kind: string }[]) =>
      list.map(({ kind }) => kind.toLowerCase()).toSorted()
    const recorded = meshChanges()
    expect(recorded.map(({ resource }) => resource).toSorted()).toEqual(kindsOf(meshObjects('x')))
    for (const object of meshObjects('x'))
      expect(recorded).toContainEqual({
        ...{ kind: 'object', resource: object.kind.toLowerCase(), name: object.metadata.name },
        ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      })
  })

  it('are compared without the number of replicas, which the service changes', () => {
    const of = (list: ReturnType<typeof meshObjects>) =>
      list.find(({ kind }) => kind === 'Deployment')?.spec as Record<string, unknown>
    expect(of(meshObjects('x')).replicas).toBe(0)
    const { replicas: _none, ...rest } = of(meshObjects('x'))
    expect(of(comparedObjects('x'))).toEqual(rest)
  })

  it('open a watch from the image that edges have, and from no registry', () => {
    const text = JSON.stringify(meshObjects('busybox:1'))
    expect(text).toContain('"image":"busybox:1","imagePullPolicy":"Never"')
    expect(text).toContain('127.0.0.1:10550/api/v1/namespaces/default/endpoints?watch=true')
  })
})
