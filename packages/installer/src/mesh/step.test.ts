import { stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { files } from '../steps/files.ts'
import { NEVER_LASTS, runsFor } from '../testing/process.ts'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { readMeshKubeconfig } from './kubeconfig.ts'
import { meshChanges, meshObjects } from './objects.ts'
import { MESH_KUBECONFIG, MESH_STATE, MESH_UNIT, MESH_UNIT_FILE, PROGRAMS } from './places.ts'
import { meshRefresh, meshRefreshGone } from './step.ts'
import { meshPrograms, meshUnit } from './unit.ts'

const cluster = { kubectl: ['kubectl'], kubeconfig: '/k' } as const
const kubectl = 'kubectl --kubeconfig /k'
const step = meshRefresh({ cluster, image: 'busybox:1', files: [] })
const FILES = [`${PROGRAMS}/installer.mjs`, MESH_UNIT_FILE]
const gone = meshRefreshGone({ cluster, files: FILES })
let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script(`${kubectl} config view`, 'https://127.0.0.1:6443\nQ0E=')
  on.script(
    `${kubectl} -n kubeedge get secret edgelift-mesh-refresh`,
    Buffer.from('the-token').toString('base64'),
  )
  on.script('systemctl', '')
  on.script(`systemctl is-enabled ${MESH_UNIT}`, 'enabled')
  await runsFor(on, MESH_UNIT, 10)
})
afterEach(() => on[Symbol.asyncDispose]())

/** A cluster that keeps what is applied. */
function scriptCluster() {
  let applied = ''
  on.script(`${kubectl} apply`, (_args, input) => {
    applied = input ?? ''
    return ''
  })
  const live = () => {
    const items = applied.split('\n---\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text)]))
    const scaled = items.map((one) =>
      one.kind === 'Deployment' ? { ...one, spec: { ...one.spec, replicas: 3 } } : one,
    )
    return JSON.stringify({ items: scaled })
  }
  on.script(`${kubectl} get --raw /readyz`, 'ok')
  on.script(`${kubectl} -n kubeedge get serviceaccount.v1.`, live)
  on.script(`${kubectl} -n kubeedge get serviceaccount/edgelift-mesh-refresh`, live)
  return {
    drop() {
      applied = applied.split('\n---\n').slice(1).join('\n---\n')
    },
  }
}

it('gives the service an account, a kubeconfig that root alone reads, and starts it', async () => {
  const there = scriptCluster()
  on.script(`systemctl show -p MainPID ${MESH_UNIT}`, 'MainPID=0')
  on.script('systemctl start', async () => {
    const written = Date.now() / 1000 - 20
    await utimes(path.join(on.root, MESH_KUBECONFIG), written, written)
    await runsFor(on, MESH_UNIT, 10)
    return ''
  })
  const run = await on.run()
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await readMeshKubeconfig(on.host)).toEqual({
    server: 'https://127.0.0.1:6443',
    ca: 'Q0E=',
    token: 'the-token',
  })
  expect((await stat(path.join(on.root, MESH_KUBECONFIG))).mode & 0o777).toBe(0o600)
  expect(on.calls.join('\n')).not.toContain('the-token')
  expect(on.calls).toContain(`systemctl start --no-block ${MESH_UNIT}`)
  expect(await check(run, step)).toBe(true)
  there.drop()
  expect(await check(run, step)).toBe(false)
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([
    { kind: 'object', place: 'ServiceAccount edgelift-mesh-refresh', state: 'missing', fields: [] },
  ])
})

it.each([
  ['not issued yet', 'ok'],
  ['the API does not respond', { code: 1 }],
] as const)('says what its token is waited for, where that ends the wait: %s', async (why, readyz) => {
  scriptCluster()
  on.script(`${kubectl} -n kubeedge get secret edgelift-mesh-refresh`, { code: 1 })
  on.script(`${kubectl} get --raw /readyz`, readyz)
  const run = await on.run()
  let clock = 0
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (clock += 30_000))
  await expect(apply(run, step).finally(() => now.mockRestore())).rejects.toMatchObject({
    code: 'WAIT_EXPIRED',
    because: { en: why },
  })
})

it('is no installation of a service that ends again and again', async () => {
  scriptCluster()
  await runsFor(on, MESH_UNIT, NEVER_LASTS)
  on.script('journalctl', 'fatal: cannot read the kubeconfig\n')
  let restarts = 0
  on.script(
    `systemctl show -p Id,NRestarts,ActiveState ${MESH_UNIT}`,
    () => `Id=${MESH_UNIT}\nNRestarts=${restarts++}\nActiveState=activating\n`,
  )
  await expect(apply(await on.run(), step)).rejects.toMatchObject({
    because: { en: expect.stringContaining('cannot read the kubeconfig') },
  })
})

it.each<[string, object, number, string[]]>([
  ['as soon as it has asked the API', {}, 0, []],
  ['when it lasts, where a former one has told of the API', {}, 100, ['lasting']],
  ['when it lasts, where it cannot ask', { error: 'fetch failed' }, 0, ['lasting']],
])('has started %s', async (_what, state, age, waits) => {
  scriptCluster()
  await on.put(MESH_STATE, JSON.stringify({ back: [], awaited: [], refreshes: 0, ...state }))
  const told = Date.now() / 1000 - age
  await utimes(path.join(on.root, MESH_STATE), told, told)
  await runsFor(on, MESH_UNIT, 1)
  on.script(`systemctl show -p Id,NRestarts,ActiveState ${MESH_UNIT}`, async () => {
    await runsFor(on, MESH_UNIT, 10)
    return `Id=${MESH_UNIT}\nNRestarts=0\nActiveState=active\n`
  })
  await apply(await on.run(), step)
  expect(on.events.flatMap((event) => (event.type === 'wait' ? [event.id] : []))).toEqual(waits)
})

it('goes with all that it was given when it is switched off', async () => {
  scriptCluster()
  for (const { resource, namespace, name } of meshChanges())
    on.script(`${kubectl} ${namespace === undefined ? '' : `-n ${namespace} `}delete ${resource} ${name}`, '')
  const run = await on.run()
  expect(await check(run, gone)).toBe(true)
  await apply(run, step)
  expect(await check(run, gone)).toBe(false)
  await apply(run, gone)
  expect(on.calls).toContain(`systemctl stop ${MESH_UNIT}`)
  expect(await on.text(MESH_KUBECONFIG)).toBeUndefined()
  expect(
    run.all
      .receipt()
      .steps.flatMap(({ changes }) => changes)
      .filter(({ kind }) => kind !== 'folder'),
  ).toEqual([])
  expect(await check(run, gone)).toBe(true)
})

it('comes back after it was switched off, and nobody is said to have deleted it', async () => {
  scriptCluster()
  on.script(`${kubectl} delete`, '')
  on.script(`${kubectl} -n kubeedge delete`, '')
  const title = { en: 'x', zh: 'x' }
  const generated = FILES.map((to) => ({ to, content: to, mode: 0o644 }))
  const program = files({ id: 'mesh-refresh-program', title, packed: [], generated })
  const run = await on.run()
  for (const one of [program, step, gone, program]) await apply(run, one)
  expect(await on.text(MESH_UNIT_FILE)).toBe(MESH_UNIT_FILE)
  expect(on.events.filter((event) => event.type === 'note')).toEqual([])
})

it('records an object for each that it applies', () => {
  const applied = meshObjects('busybox:1').map(
    ({ kind, metadata }) => `${kind.toLowerCase()} ${metadata.namespace} ${metadata.name}`,
  )
  expect(meshChanges().map(({ resource, namespace, name }) => `${resource} ${namespace} ${name}`)).toEqual(
    applied,
  )
})

it('may read nodes and the log of CloudCore, change Endpoints, and scale its own Deployment: nothing else', () => {
  const rules = meshObjects('busybox:1').flatMap(({ kind, rules: of }) =>
    kind === 'Role' || kind === 'ClusterRole' ? (of as object[]) : [],
  )
  expect(rules).toEqual([
    { apiGroups: [''], resources: ['endpoints'], verbs: ['list', 'patch'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments/scale'],
      verbs: ['patch'],
      resourceNames: ['edgelift-mesh-refresh'],
    },
  ])
})

it('lays down the runtime with its loader, and starts it as the launcher does', () => {
  const file = (name: string, mode: string) => ({ path: name, mode })
  const manifest = {
    files: [
      file('runtime/node', '0755'),
      file('runtime/ld-linux-aarch64.so.1', '0755'),
      file('runtime/notices/node.txt', '0644'),
      file('installer.mjs', '0644'),
      file('k3s-arm64', '0755'),
    ],
  } as unknown as BundleManifest
  expect(meshPrograms(manifest).map(({ to }) => to)).toEqual([
    '/usr/local/lib/edgelift/runtime/node',
    '/usr/local/lib/edgelift/runtime/ld-linux-aarch64.so.1',
    '/usr/local/lib/edgelift/installer.mjs',
  ])
  expect(meshUnit(manifest).content).toContain(
    'ExecStart=/usr/local/lib/edgelift/runtime/ld-linux-aarch64.so.1 --inhibit-cache --library-path /usr/local/lib/edgelift/runtime /usr/local/lib/edgelift/runtime/node /usr/local/lib/edgelift/installer.mjs mesh-refresh',
  )
})
