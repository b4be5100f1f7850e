import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BundleChart, type JsonObject, SAMPLE_SETTINGS, valuesOf } from '@edgelift/bundle'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { choicesOf } from '../../packages/builder/src/gates/choices.ts'
import { expandFor } from '../../packages/builder/src/release/expand.ts'
import { releaseOf } from '../support/locking.ts'
import { placeholderCharts, upstreamCharts } from '../support/upstream/charts.ts'
import { expectedUpstream, sharedUpstream } from '../support/upstream/places.ts'
import {
  type ChartFolder,
  layCharts,
  objectsIn,
  type RenderedObjects,
} from '../support/upstream/rendering.ts'

/**
 * The record holds what upstream's own charts make, as digests. The placeholders are compared with it everywhere;
 * where upstream's own are, those are compared with the record, and the placeholders with them, object by object.
 */
const RECORD = path.resolve(import.meta.dirname, '../fixtures/upstream-charts.txt')

const owns = sharedUpstream()
let work: string
let charts: readonly BundleChart[]
let placeholders: Facts
let upstream: Facts | undefined

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-charts-'))
  const { release } = await releaseOf('kubeedge-1.22.0')
  charts = expandFor(release, 'linux/amd64').charts.map(({ chart }) => chart)
  const own = await placeholderCharts()
  placeholders = await factsOf(await layCharts(own, path.join(work, 'placeholders')), own.crds)
  if (owns !== undefined) {
    const theirs = await upstreamCharts(owns)
    upstream = await factsOf(await layCharts(theirs, path.join(work, 'upstream')), theirs.crds)
  }
})
afterAll(async () => {
  await rm(work, { recursive: true, force: true })
})

/** What the release's values do not touch, and an operator may set. */
const MORE: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  cloudcore: {
    'its defaults': {},
    'node ports': { cloudCore: { hostNetWork: false, service: { annotations: { a: 'b' } } } },
    authorization: { cloudCore: { featureGates: { requireAuthorization: true } } },
    'iptables inside': { iptablesManager: { mode: 'internal' } },
    admission: { admission: { enable: true, certsSecretName: 'certificates' } },
  },
  edgemesh: {
    'its defaults': {},
    'many settings': {
      agent: {
        metaServerSecret: 'metaserver-certs',
        nodeSelector: { a: 'b' },
        kubeAPIConfig: {
          burst: 10,
          metaServer: { security: { requireAuthorization: true, tlsCaFile: '/ca' } },
        },
        commonConfig: { bridgeDeviceName: 'edgemesh1' },
        cloudCIDR: ['10.42.0.0/16'],
        modules: {
          edgeDNS: { enable: true, cacheDNS: { enable: true, upstreamServers: ['10.0.0.53'] } },
          edgeProxy: {
            enable: true,
            socks5Proxy: { enable: true },
            loadBalancer: { consistentHash: { load: 1 } },
          },
          edgeTunnel: { enable: true, listenPort: 20007, psk: { enable: true, path: '/etc/edgemesh/psk' } },
        },
      },
    },
  },
  'edgemesh-gateway': {
    'its defaults': {},
    'many settings': {
      nodeName: '',
      tolerations: [{ operator: 'Exists' }],
      relayNodes: [{ nodeName: 'cloud', advertiseAddress: ['cloud.example'] }],
      modules: {
        edgeGateway: { enable: true, nic: '*', includeIP: '192.0.2.1' },
        edgeTunnel: { enable: true, relayNodes: [{}], maxCandidates: 5 },
      },
    },
  },
}

interface Facts {
  /** By chart and choice: `cloudcore with mosquitto, iptables-nft`. */
  readonly rendered: Readonly<Record<string, RenderedObjects>>
  /** The CRDs that are files of the release. */
  readonly crds: RenderedObjects
  /** What helm shows of each chart. */
  readonly shown: Readonly<Record<string, unknown>>
}

async function factsOf(
  folder: ChartFolder,
  crds: Awaited<ReturnType<typeof placeholderCharts>>['crds'],
): Promise<Facts> {
  const rendered: Record<string, RenderedObjects> = {}
  const shown: Record<string, unknown> = {}
  for (const chart of charts) {
    const { name, namespace } = chart
    for (const choice of choicesOf(chart)) {
      const values = valuesOf(chart, choice, SAMPLE_SETTINGS)
      const held = [...choice.options, ...choice.facts].join(', ')
      rendered[`${name} with ${held}`] = await folder.render(name, { namespace, values })
    }
    for (const [title, values] of Object.entries(MORE[name] ?? {}))
      rendered[`${name}: ${title}`] = await folder.render(name, { namespace, values })
    const [about, values] = [await folder.show(name, 'chart'), await folder.show(name, 'values')]
    const {
      description: _,
      icon: __,
      home: ___,
      sources: ____,
      ...facts
    } = about[0] as Record<string, unknown>
    const names = (await folder.show(name, 'crds')).map(
      (crd) => (crd as { metadata: { name: string } }).metadata.name,
    )
    shown[name] = { facts, values: values[0], crds: names.sort() }
  }
  const texts = [...crds.values()].map((crd) =>
    'bytes' in crd ? Buffer.from(crd.bytes).toString('utf8') : '',
  )
  return { rendered, crds: objectsIn(texts.join('\n---\n')), shown }
}

/** The names of all images and objects, and a digest of what each object says. */
function recordOf({ rendered, crds, shown }: Facts): string {
  const blocks = Object.entries({ ...rendered, 'crds/istio': crds }).map(([title, { images, objects }]) => [
    title,
    ...images.map((image) => `  image ${image}`),
    ...Object.entries(objects)
      .map(([name, object]) => `  ${name} ${digest(object)}`)
      .sort(),
  ])
  const about = Object.entries(shown).map(([chart, facts]) => `what helm shows of ${chart} ${digest(facts)}`)
  return `${[...blocks.flat(), ...about].join('\n')}\n`
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 12)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

describe('placeholder charts', () => {
  it('ask for the images and make the objects that are on record', async () => {
    await expect(recordOf(placeholders)).toMatchFileSnapshot(RECORD)
  })

  it('are rendered with every combination of the release’s values', () => {
    const choices = Object.keys(placeholders.rendered).filter((key) => key.includes(' with '))
    expect(choices).toContain('cloudcore with mosquitto, controller-manager, iptables-nft')
    expect(choices).toHaveLength(10)
  })

  it('agree with upstream’s own, which agree with the record', (context) => {
    if (upstream === undefined) {
      expect(expectedUpstream(), 'upstream’s own charts are expected here').toBeUndefined()
      return context.skip('upstream’s own charts are not on this machine: docs/en/embedded-upstream.md')
    }
    expect(placeholders.rendered).toEqual(upstream.rendered)
    expect(placeholders.crds).toEqual(upstream.crds)
    expect(placeholders.shown).toEqual(upstream.shown)
    expect(recordOf(placeholders)).toBe(recordOf(upstream))
  })
})
