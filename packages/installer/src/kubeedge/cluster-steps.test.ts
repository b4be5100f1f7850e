import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changesOf } from '../state/receipt.ts'
import { apply, check, NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { chartLabels } from './chart-labels-step.ts'
import { chartRelease } from './chart-step.ts'
import { goneCharts } from './gone-charts-step.ts'
import { HUB_CERTIFICATE } from './hub-certificate.sample.ts'
import { istioCrds } from './istio-crds-step.ts'
import { namespace } from './namespace-step.ts'
import { PSK_FILE } from './psk.ts'

const cluster = { kubectl: ['kubectl'], kubeconfig: '/k' } as const
const kubectl = 'kubectl --kubeconfig /k'
const helm = '/data/archive/bin/helm'
const chart = (name: string) => ({
  name,
  release: name,
  namespace: 'kubeedge',
  path: `charts/${name}.tgz`,
  values: { image: 'a' },
  variants: [],
})
const LABEL = 'service.edgemesh.kubeedge.io/service-proxy-name'
const labels = [{ resource: 'service', namespace: 'default', name: 'kubernetes', label: LABEL, value: '' }]
const manifest = {
  charts: [chart('cloudcore'), { ...chart('edgemesh'), labels }],
} as unknown as Partial<BundleManifest>

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put('/data/archive/edgemesh-psk.txt', 'a-key-that-is-long-enough\n')
})
afterEach(() => on[Symbol.asyncDispose]())
const recorded = async (run: Awaited<ReturnType<Trial['run']>>) =>
  run.all.receipt().steps.flatMap(({ changes }) => changes)

describe('the namespace', () => {
  const step = namespace({ cluster, name: 'kubeedge' })
  beforeEach(() => on.script(`${kubectl} get namespace kubeedge`, ''))

  it('is recorded before it is created, and is then so already', async () => {
    on.script(`${kubectl} create namespace kubeedge`, () => {
      on.script(`${kubectl} get namespace kubeedge`, 'there')
      return ''
    })
    const run = await on.run()
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(await check(run, step)).toBe(true)
    expect(await recorded(run)).toEqual([{ kind: 'object', resource: 'namespace', name: 'kubeedge' }])
  })

  it('stays recorded when its creation is cut off', async () => {
    const run = await on.run()
    await expect(apply(run, step)).rejects.toThrow()
    expect(await recorded(run)).toHaveLength(1)
  })

  it('of others is not taken for one of ours since the API was silent: a cleanup would delete it', async () => {
    const run = await on.run()
    on.script(`${kubectl} get namespace kubeedge`, { code: 1, stderr: 'etcdserver: request timed out' })
    expect(await check(run, step)).toBe(false)
    await expect(apply(run, step)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    on.script(`${kubectl} get namespace kubeedge`, 'namespace/kubeedge')
    await apply(run, step)
    expect(await recorded(run)).toEqual([])
    expect(on.calls.join()).not.toContain('create namespace')
  })
})

it('the label is not taken for missing while the API does not respond', async () => {
  const run = await on.run(manifest)
  const step = chartLabels({ cluster, chosen: ['edgemesh'] })
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([])
  on.script(`${kubectl} get --raw /readyz`, 'ok')
  await expect(step.kind.drift?.(run, step.inputs as never)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  on.script(`${kubectl} -n default get service kubernetes`, '{"metadata":{}}')
  expect(await step.kind.drift?.(run, step.inputs as never)).toMatchObject([{ place: 'service kubernetes' }])
})

const GET_CRDS = `${kubectl} -n default get`

function crd(name: string, versions: readonly string[] = ['v1']) {
  const spec = { scope: 'Namespaced', versions: versions.map((version) => ({ name: version, served: true })) }
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec }
}

const live = (...crds: readonly object[]) =>
  on.script(GET_CRDS, crds.length === 0 ? '' : JSON.stringify({ items: crds }))

const istio = (resource: string) => `${resource}.networking.istio.io`
const RESOURCES = ['gateways', 'virtualservices', 'destinationrules']
const ofIstio = istioCrds({ cluster, resources: RESOURCES })

describe('the CRDs of Istio', () => {
  let applied: string[]
  beforeEach(async () => {
    applied = []
    for (const resource of RESOURCES)
      await on.put(`/data/archive/crds/istio/${resource}.yaml`, JSON.stringify(crd(istio(resource))))
    on.script(`${kubectl} apply --server-side --force-conflicts -f -`, (_args, input) => {
      applied = JSON.parse(input ?? '').items.map(
        (item: { metadata: { name: string } }) => item.metadata.name,
      )
      return ''
    })
  })

  it('are applied where they are not there, which are not taken away later', async () => {
    live(crd(istio('gateways')))
    const run = await on.run()
    expect(await check(run, ofIstio)).toBe(false)
    await apply(run, ofIstio)
    expect(await recorded(run)).toEqual([
      { kind: 'object', resource: 'crd', name: istio('virtualservices') },
      { kind: 'object', resource: 'crd', name: istio('destinationrules') },
    ])
    expect(applied).toEqual([istio('virtualservices'), istio('destinationrules')])
    expect(on.events).toEqual([])
  })

  it('of ours are updated when the archive has others, those of others never', async () => {
    const run = await on.run()
    await run.changes.record({ kind: 'object', resource: 'crd', name: istio('gateways') })
    live(...RESOURCES.map((resource) => crd(istio(resource), ['v1beta1', 'v1'])))
    expect(await ofIstio.kind.drift?.(run, ofIstio.inputs as never)).toEqual([])
    on.script(`${kubectl} get --raw /readyz`, 'ok')
    expect(await ofIstio.kind.drift?.(run, ofIstio.inputs as never)).toEqual([
      {
        kind: 'object',
        place: `CustomResourceDefinition ${istio('gateways')}`,
        state: 'changed',
        fields: ['spec.versions'],
      },
    ])
    await apply(run, ofIstio)
    expect(applied).toEqual([istio('gateways')])
    expect(on.events).toMatchObject([
      {
        text: {
          en: `CustomResourceDefinition ${istio('gateways')} differs from the archive's (spec.versions): it is updated`,
        },
      },
    ])
    live(...RESOURCES.map((resource) => crd(istio(resource))))
    expect(await check(run, ofIstio)).toBe(true)
  })

  it('are known to an uninstall when their application is cut off, and applied by the next run', async () => {
    live()
    const command = `${kubectl} apply --server-side --force-conflicts -f -`
    on.script(command, { code: 1, stderr: 'connection lost' })
    const run = await on.run()
    await expect(apply(run, ofIstio)).rejects.toMatchObject({ because: { en: 'connection lost' } })
    expect(await recorded(run)).toHaveLength(RESOURCES.length)
    on.script(command, () => {
      live(...RESOURCES.map((resource) => crd(istio(resource))))
      return ''
    })
    await apply(run, ofIstio)
    expect(await check(run, ofIstio)).toBe(true)
    expect(await recorded(run)).toHaveLength(RESOURCES.length)
  })

  it.each(['etcdserver: request timed out', `error: the server doesn't have a resource type "x"`])(
    'are neither there nor missing while the API does not say, and none of others is recorded: %s',
    async (stderr) => {
      on.script(GET_CRDS, { code: 1, stderr })
      const run = await on.run()
      for (const does of [check, apply])
        await expect(does(run, ofIstio)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
      expect(await recorded(run)).toEqual([])
    },
  )
})

describe('the label that keeps EdgeMesh off the API', () => {
  beforeEach(() => {
    on.script(`${kubectl} -n default label service kubernetes`, '')
    on.script(`${kubectl} -n default get service kubernetes`, '{"metadata":{}}')
    on.script(`${helm} get metadata`, NO_RELEASE)
  })

  it('is set with EdgeMesh, and goes when EdgeMesh is no longer chosen', async () => {
    const run = await on.run(manifest)
    expect(await check(run, chartLabels({ cluster, chosen: ['edgemesh'] }))).toBe(false)
    await apply(run, chartLabels({ cluster, chosen: ['edgemesh'] }))
    expect(await recorded(run)).toHaveLength(1)
    expect(await check(run, chartLabels({ cluster, chosen: [] }))).toBe(false)
    await apply(run, chartLabels({ cluster, chosen: [] }))
    expect(on.calls.at(-1)).toMatch(/service-proxy-name-$/)
    expect(await recorded(run)).toEqual([])
    expect(await check(run, chartLabels({ cluster, chosen: [] }))).toBe(true)
  })

  it('is set as well for an EdgeMesh that was installed by hand', async () => {
    const byHand = { status: 'deployed', deployedAt: '', version: '1', labels: {} }
    on.script(`${helm} get metadata edgemesh`, JSON.stringify(byHand))
    expect(await check(await on.run(manifest), chartLabels({ cluster, chosen: [] }))).toBe(false)
  })
})

/** A cluster with releases: what helm and kubectl say of them. */
function releases(there: Record<string, { readonly ours: boolean }>) {
  const store = new Map(Object.entries(there))
  const ours = { 'installed-by': 'edgelift' }
  for (const name of ['cloudcore', 'edgemesh']) {
    on.script(`${helm} get metadata ${name}`, () => {
      const release = store.get(name)
      if (release === undefined) return NO_RELEASE
      const metadata = {
        status: 'deployed',
        deployedAt: '2026-01-01T00:00:00Z',
        version: '1.0',
        appVersion: '2',
      }
      return JSON.stringify({ ...metadata, labels: release.ours ? ours : {} })
    })
    on.script(`${helm} get values ${name}`, '{"image":"a"}')
    on.script(`${helm} history ${name}`, '[]')
    on.script(`${helm} get manifest ${name}`, () => (store.has(name) ? '' : NO_RELEASE))
    on.script(`${helm} upgrade --install ${name}`, () => {
      store.set(name, { ours: true })
      return ''
    })
    on.script(`${helm} uninstall ${name}`, () => {
      store.delete(name)
      return ''
    })
  }
  const started = {
    metadata: { creationTimestamp: '2026-01-02T00:00:00Z' },
    spec: { template: { metadata: {} } },
  }
  on.script(`${kubectl} -n kubeedge get daemonset/edgemesh-agent`, JSON.stringify(started))
  on.script(`${helm} show chart`, 'version: "1.0"\nappVersion: "2"\n')
  on.script(`${helm} template`, JSON.stringify(crd('devices')))
  on.script(GET_CRDS, () => (store.size > 0 ? JSON.stringify(crd('devices')) : ''))
  on.script(`${kubectl} -n kubeedge delete secret`, '')
  return store
}

const edgemesh = chartRelease({
  cluster,
  chart: 'edgemesh',
  options: [],
  facts: [],
  settings: {},
  pskFile: null,
  nodeName: 'cloud-1',
})

describe('a chart', () => {
  it('is installed with its CRDs recorded before, and is then so already', async () => {
    releases({})
    const run = await on.run(manifest)
    expect(await check(run, edgemesh)).toBe(false)
    await apply(run, edgemesh)
    expect(await recorded(run)).toEqual([
      { kind: 'object', resource: 'crd', name: 'devices' },
      { kind: 'release', release: 'edgemesh', namespace: 'kubeedge', leaves: [] },
    ])
    expect(await check(run, edgemesh)).toBe(true)
  })

  it('that is new is compared with nothing; one whose release a killed run lost is looked at after its upgrade', async () => {
    const run = await on.run(manifest)
    const helmCalls = async () => {
      releases({})
      on.calls.length = 0
      await apply(run, edgemesh)
      return on.calls
        .filter((line) => line.startsWith(helm))
        .map((line) => line.split(' ').slice(1, 3).join(' '))
    }
    const before = ['get metadata', 'template edgemesh', 'upgrade --install']
    expect(await helmCalls()).toEqual([...before, 'get manifest'])
    expect(await helmCalls()).toEqual([...before, 'get metadata', 'get manifest'])
  })

  it('has helm asked for each thing once by a check, and by a look at what was changed by hand', async () => {
    releases({ edgemesh: { ours: true } })
    on.script(`${kubectl} get --raw /readyz`, 'ok')
    const run = await on.run(manifest)
    for (const look of [
      () => check(run, edgemesh),
      () => edgemesh.kind.drift?.(run, edgemesh.inputs as never),
    ]) {
      on.calls.length = 0
      await look()
      const asked = on.calls.filter((line) => line.startsWith(helm))
      expect(asked).toEqual([...new Set(asked)])
      expect(asked.filter((line) => line.includes('get values'))).toHaveLength(1)
    }
  })

  it('is upgraded when its chart or its values differ', async () => {
    releases({ edgemesh: { ours: true } })
    const run = await on.run(manifest)
    expect(await check(run, edgemesh)).toBe(true)
    on.script(`${helm} show chart`, 'version: "1.1"\nappVersion: "2"\n')
    expect(await check(run, edgemesh)).toBe(false)
    on.script(`${helm} show chart`, 'version: "1.0"\nappVersion: "2"\n')
    on.script(`${helm} get values edgemesh`, '{"image":"b"}')
    expect(await check(run, edgemesh)).toBe(false)
  })

  it('is given its values again when somebody took all of them away (helm upgrade --reset-values)', async () => {
    releases({ edgemesh: { ours: true } })
    on.script(`${helm} history edgemesh`, '[{"revision":1,"description":"installed by edgelift"}]')
    on.script(`${helm} get values edgemesh -o json`, 'null')
    const run = await on.run(manifest)
    expect(await check(run, edgemesh)).toBe(false)
    await apply(run, edgemesh)
    expect(on.events).toContainEqual(
      expect.objectContaining({
        text: expect.objectContaining({ en: expect.stringContaining('changed by hand (image)') }),
      }),
    )
  })

  it('is restored when somebody changed one of its objects or deleted a CRD, and says so', async () => {
    releases({ edgemesh: { ours: true } })
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'mesh' },
    }
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
    on.script(`${helm} get manifest edgemesh`, JSON.stringify({ ...role, rules }))
    const liveRole = (found: object) =>
      on.script(
        `${kubectl} -n kubeedge get clusterrole.v1.rbac.authorization.k8s.io/mesh`,
        JSON.stringify(found),
      )
    liveRole({ ...role, rules })
    const run = await on.run(manifest)
    expect(await check(run, edgemesh)).toBe(true)
    liveRole({ ...role, rules: [] })
    const name = 'clusterrole.v1.rbac.authorization.k8s.io mesh'
    expect(await check(run, edgemesh)).toBe(false)
    live()
    on.script(`${kubectl} apply --server-side`, '')
    on.script(`${kubectl} -n kubeedge patch`, '')
    // Of what cannot be read, nothing would be kept.
    await expect(apply(run, edgemesh)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(on.calls.join('\n')).not.toContain('upgrade --install')
    on.script(`${kubectl} -n kubeedge get ${name} --ignore-not-found -o yaml`, 'rules: []\n')
    await run.changes.record({ kind: 'object', resource: 'crd', name: 'devices' })
    await apply(run, edgemesh)
    const said = on.events.flatMap((event) => (event.type === 'note' ? event.text.en : []))
    expect(said).toEqual([
      expect.stringMatching(
        /^ClusterRole mesh was changed by hand \(rules\): it is restored; .* \/var\/lib\/edgelift\/replaced\/.*-ClusterRole-mesh\.yaml$/,
      ),
      'CustomResourceDefinition devices was deleted: it is restored',
    ])
    expect(on.calls.some((line) => line.includes('upgrade --install edgemesh'))).toBe(true)
  })

  it('names what somebody changed of its values, objects and CRDs', async () => {
    releases({ edgemesh: { ours: true } })
    const role = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cfg' } }
    on.script(`${helm} get manifest edgemesh`, JSON.stringify({ ...role, data: { a: '1', list: ['x'] } }))
    on.script(`${kubectl} -n kubeedge get configmap cfg`, `data: { a: '2' }\n`)
    on.script(
      `${kubectl} -n kubeedge get configmap/cfg`,
      JSON.stringify({ ...role, data: { a: '2', list: ['x', 'y'] } }),
    )
    on.script(`${kubectl} get --raw /readyz`, 'ok')
    on.script(`${helm} get values edgemesh`, '{"image":"b","agent":{"psk":"secret"}}')
    live()
    const run = await on.run(manifest)
    expect(await edgemesh.kind.drift?.(run, edgemesh.inputs as never)).toEqual([
      { kind: 'values', place: 'kubeedge/edgemesh', state: 'changed', fields: ['agent', 'image'] },
      { kind: 'object', place: 'ConfigMap cfg', state: 'changed', fields: ['data.a', 'data.list'] },
      { kind: 'object', place: 'CustomResourceDefinition devices', state: 'missing', fields: [] },
    ])
    on.script(`${kubectl} apply --server-side`, '')
    on.script(`${kubectl} -n kubeedge patch`, '')
    await apply(run, edgemesh)
    const patch = '[{"op":"replace","path":"/data/list","value":["x"]}]'
    expect(on.calls).toContainEqual(expect.stringContaining(`patch configmap cfg --type=json -p ${patch}`))
    on.script(`${kubectl} get --raw /readyz`, { code: 1 })
    expect(await edgemesh.kind.drift?.(run, edgemesh.inputs as never)).toEqual([])
  })

  it('that was installed by hand is waited for and left as it is', async () => {
    releases({ edgemesh: { ours: false } })
    const run = await on.run(manifest)
    await apply(run, edgemesh)
    expect(on.calls.some((line) => line.includes('upgrade'))).toBe(false)
    expect(await recorded(run)).toEqual([])
  })

  it.each([
    ['a-key-that-is-long-enough', /the PSK in force is the one in .*edgemesh-psk\.txt$/],
    [
      'another-key-of-the-release',
      /the PSK in force is the release's .*, not the one in .*edgemesh-psk\.txt$/,
    ],
  ])('that was installed by hand is said to be kept, and whose PSK is in force (%s)', async (psk, words) => {
    releases({ edgemesh: { ours: false } })
    on.script(`${helm} get values edgemesh`, JSON.stringify({ agent: { psk } }))
    const withPsk = { ...chart('edgemesh'), values: { agent: { psk: { $setting: 'psk' } } } }
    const run = await on.run({ charts: [withPsk] } as unknown as Partial<BundleManifest>)
    expect(await check(run, edgemesh)).toBe(true)
    const notes = on.events.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))
    expect(notes).toEqual([expect.stringMatching(words)])
    expect(notes[0]).toContain('was not installed by edgelift and is kept as it is')
    expect(notes[0]).not.toContain(psk)
  })

  it('needs no PSK of a mesh that runs with the published one, unless it takes one', async () => {
    const installed = { edgemesh: { ours: false } }
    releases(installed)
    const psk = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='
    const inputs = { ...edgemesh.inputs, pskFile: null }
    await rm(`${on.root}/data/archive/edgemesh-psk.txt`)
    on.script(`${helm} get values edgemesh`, JSON.stringify({ agent: { psk } }))
    const withPsk = { ...chart('edgemesh'), values: { agent: { psk: { $setting: 'psk' } } } }
    const charts = (mine: object) =>
      ({ charts: [withPsk, { ...chart('cloudcore'), ...mine }] }) as unknown as Partial<BundleManifest>
    const cloudcore = chartRelease({ ...inputs, chart: 'cloudcore' } as never)
    on.script(`${helm} upgrade --install cloudcore`, () => {
      releases({ ...installed, cloudcore: { ours: true } })
      return ''
    })
    const values = { agent: { psk: { $setting: 'psk' } } }
    await expect(apply(await on.run(charts({ values })), cloudcore)).rejects.toMatchObject({
      code: 'ANSWER_INVALID',
      because: { en: expect.stringContaining('public') },
    })
    await apply(await on.run(charts({})), cloudcore)
    expect(on.calls).toContainEqual(expect.stringContaining('upgrade --install cloudcore'))
    expect(await on.text('/data/archive/edgemesh-psk.txt')).toBeUndefined()
  })

  it('gives helm the PSK over standard input alone', async () => {
    releases({})
    let given = ''
    on.script(`${helm} upgrade --install edgemesh`, (_args, input) => {
      given = input ?? ''
      releases({ edgemesh: { ours: true } })
      return ''
    })
    const withPsk = { ...chart('edgemesh'), values: { agent: { psk: { $answer: 'psk' } } } }
    await apply(await on.run({ charts: [withPsk] } as unknown as Partial<BundleManifest>), edgemesh)
    expect(JSON.parse(given)).toEqual({ agent: { psk: 'a-key-that-is-long-enough' } })
    expect(on.calls.join('\n')).not.toContain('a-key-that-is-long-enough')
  })
})

it.each(['get metadata', 'get values'])(
  'changes nothing while helm cannot tell what is there: %s',
  async (asked) => {
    releases({ edgemesh: { ours: asked === 'get values' } })
    on.script(`${helm} ${asked} edgemesh`, { code: 1, stderr: 'Error: secrets is forbidden' })
    await rm(path.join(on.root, 'data/archive', PSK_FILE), { force: true })
    const withPsk = { ...chart('edgemesh'), values: { agent: { psk: { $setting: 'psk' } } } }
    const run = await on.run({ charts: [withPsk] } as unknown as Partial<BundleManifest>)
    await expect(apply(run, edgemesh)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(on.calls.filter((line) => line.includes(' upgrade '))).toEqual([])
    expect(await on.text(`/data/archive/${PSK_FILE}`)).toBeUndefined()
  },
)

it('removes charts that are no longer chosen, and their record; those of others stay', async () => {
  const store = releases({ edgemesh: { ours: true }, cloudcore: { ours: false } })
  const run = await on.run(manifest)
  await run.changes.record({ kind: 'release', release: 'edgemesh', namespace: 'kubeedge' })
  const step = goneCharts({ cluster, charts: ['edgemesh', 'cloudcore'], pskFile: null })
  expect(await check(run, step)).toBe(false)
  expect(on.events).toContainEqual(
    expect.objectContaining({
      type: 'note',
      text: expect.objectContaining({ en: expect.stringMatching(/kubeedge\/cloudcore .*is kept as it is$/) }),
    }),
  )
  await apply(run, step)
  expect([...store.keys()]).toEqual(['cloudcore'])
  expect(changesOf(run.all.receipt(), 'release')).toEqual([])
  expect(await check(run, step)).toBe(true)
})

it('keeps the record of a chart that it could not remove, and removes it the next time', async () => {
  const store = releases({ edgemesh: { ours: true }, cloudcore: { ours: true } })
  const run = await on.run(manifest)
  for (const release of ['edgemesh', 'cloudcore'])
    await run.changes.record({ kind: 'release', release, namespace: 'kubeedge' })
  const step = goneCharts({ cluster, charts: ['edgemesh', 'cloudcore'], pskFile: null })
  on.script(`${helm} uninstall cloudcore`, { code: 1, stderr: 'connection lost' })
  await expect(apply(run, step)).rejects.toMatchObject({ because: { en: 'connection lost' } })
  const left = () => changesOf(run.all.receipt(), 'release').map(({ release }) => release)
  expect(left()).toEqual(['cloudcore'])
  on.script(`${helm} uninstall cloudcore`, () => {
    store.delete('cloudcore')
    return ''
  })
  await apply(run, step)
  expect([left(), await check(run, step)]).toEqual([[], true])
})

describe('what a release says of a chart', () => {
  const behaviour = {
    leaves: [{ resource: 'secret', names: ['casecret'] }],
    ready: [{ resource: 'secret', name: 'tokensecret', key: 'tokendata' }],
    restarts: ['deployment/own'],
    certificate: { secret: 'own-tls', key: 'tls', covers: ['advertiseAddresses'] },
  }
  const withBehaviour = {
    charts: [{ ...chart('edgemesh'), ...behaviour }],
  } as unknown as Partial<BundleManifest>

  it('is recorded for its uninstall', async () => {
    releases({ edgemesh: { ours: true } })
    const started = {
      metadata: { creationTimestamp: '2026-01-02T00:00:00Z' },
      spec: { template: { metadata: {} } },
    }
    on.script(`${kubectl} -n kubeedge get deployment/own`, JSON.stringify(started))
    on.script(`${kubectl} -n kubeedge get secret own-tls`, '')
    const run = await on.run(withBehaviour)
    await apply(run, edgemesh)
    expect(await recorded(run)).toContainEqual(
      expect.objectContaining({ kind: 'release', leaves: [{ resource: 'secret', names: ['casecret'] }] }),
    )
  })

  it('is not taken for one without a certificate while the API does not say', async () => {
    releases({ edgemesh: { ours: true } })
    on.script(`${kubectl} -n kubeedge get secret own-tls`, { code: 1, stderr: 'etcdserver: timed out' })
    await expect(apply(await on.run(withBehaviour), edgemesh)).rejects.toMatchObject({
      because: { en: 'etcdserver: timed out' },
    })
  })

  it('has a certificate reissued, and its workloads restarted, when it does not cover the settings', async () => {
    releases({ edgemesh: { ours: true } })
    on.script(`${kubectl} -n kubeedge get secret tokensecret`, 'dG9rZW4=')
    on.script(`${kubectl} -n kubeedge get secret own-tls`, HUB_CERTIFICATE)
    on.script(`${kubectl} -n kubeedge rollout restart`, '')
    const of = (address: string) => {
      const inputs = edgemesh.inputs as Parameters<typeof chartRelease>[0]
      return chartRelease({ ...inputs, settings: { advertiseAddresses: [address] } })
    }
    await apply(await on.run(withBehaviour), of('203.0.113.99'))
    const told = on.calls.filter((line) => /delete secret own-tls|rollout restart/.test(line))
    expect(told).toEqual([
      `${kubectl} -n kubeedge delete secret own-tls --ignore-not-found`,
      `${kubectl} -n kubeedge rollout restart deployment/own`,
    ])
  })
})
