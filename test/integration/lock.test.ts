import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type CreatedLock, FindingsError, formatLock, type LockedImage, writeLock } from '@edgelift/builder'
import { openStore, type Store } from '@edgelift/oci'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageRecipe } from '../support/images/recipe.ts'
import { type LockingOptions, lockFrom, releaseOf, withFiles } from '../support/locking.ts'
import type { UpstreamContent } from '../support/upstream/content.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const MESH = 'https://raw.githubusercontent.com/kubeedge/edgemesh'
const GATEWAY = `${MESH}/v1.17.0/build/helm/edgemesh-gateway.tgz`
const K3S_LIST = 'https://github.com/k3s-io/k3s/releases/download/v1.34.2%2Bk3s1/k3s-images.txt'

let folder: string
let store: Store
let content: UpstreamContent
/** The shipped release's first lock. */
let first: CreatedLock

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lock-'))
  store = await openStore(path.join(folder, 'store'))
  content = await releaseContent({ note: () => {} })
  first = await lockAtFirst('kubeedge-1.22.0')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function against<T>(served: UpstreamContent, work: (upstream: Upstream) => Promise<T>): Promise<T> {
  await using upstream = await startUpstream({ content: served })
  return await work(upstream)
}

/** As a CI job locks again: from the shipped release's first lock. */
async function lock(name: string, options: Partial<LockingOptions> & { content?: UpstreamContent } = {}) {
  return lockAtFirst(name, { previous: first.lock, ...options })
}

async function lockAtFirst(
  name: string,
  options: Partial<LockingOptions> & { content?: UpstreamContent } = {},
) {
  const loaded = await releaseOf(name)
  return against(options.content ?? content, (upstream) => lockFrom(loaded, { upstream, store, ...options }))
}

async function refusal(work: Promise<unknown>): Promise<FindingsError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (error instanceof FindingsError) return error
  throw new Error(`not refused with findings: ${String(error)}`)
}

async function write(name: string, text: string): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, text)
  return file
}

function reasons(images: readonly LockedImage[], reference: string): string[] {
  const image = images.find((one) => one.reference === reference && one.platform === 'linux/amd64')
  return (image?.neededBy ?? []).map(
    ({ role, requirer, when }) =>
      `${role}: ${requirer}${when === undefined ? '' : ` ${JSON.stringify(when)}`}`,
  )
}

describe('the shipped release', () => {
  it('locks for both platforms, with the reason of every image, by the helm that the archive carries', async () => {
    const { lock: locked, warnings } = first
    expect(warnings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(new Set(warnings.map(({ code }) => code))).toEqual(new Set(['UNTESTED', 'FIRST_USE']))
    expect(new Set(locked.images.map(({ platform }) => platform))).toEqual(
      new Set(['linux/amd64', 'linux/arm64']),
    )
    const packed = locked.images.filter((image) => image.packed)
    expect(packed.every((image) => image.neededBy.length > 0)).toBe(true)
    expect(
      packed.flatMap(({ neededBy }) => neededBy).some(({ requirer }) => requirer.startsWith('the release')),
    ).toBe(false)
    expect(reasons(locked.images, 'docker.io/kubeedge/edgemesh-agent:v1.17.0')).toEqual([
      'cloud: chart edgemesh (DaemonSet edgemesh-agent) {"option":"edgemesh"}',
      'edge: chart edgemesh (DaemonSet edgemesh-agent) {"option":"edgemesh"}',
    ])
    expect(reasons(locked.images, 'docker.io/library/eclipse-mosquitto:1.6.15')).toEqual([
      'edge: chart cloudcore (DaemonSet edge-eclipse-mosquitto) {"option":"mosquitto"}',
    ])
    expect(reasons(locked.images, 'docker.io/kubeedge/iptables-manager-nft:v1.22.0')).toEqual([
      'cloud: chart cloudcore (DaemonSet cloud-iptables-manager) {"fact":"iptables-nft"}',
    ])
    const references = new Set(packed.map(({ reference }) => reference))
    expect(references).not.toContain('docker.io/rancher/klipper-lb:v0.4.13')
    expect([...references].filter((reference) => reference.includes('/rancher/'))).toHaveLength(6)
  })

  it('gives the same lock again, and fetches nothing that it has', async () => {
    const loaded = await releaseOf('kubeedge-1.22.0')
    await against(content, async (upstream) => {
      await lockFrom(loaded, { upstream, store })
      upstream.served.reset()
      const second = await lockFrom(loaded, { upstream, store, previous: first.lock })
      expect(formatLock(second.lock)).toBe(formatLock(first.lock))
      expect(second.warnings.map(({ code }) => code)).toEqual(['UNTESTED'])
      const bodies = upstream.served.log.filter(({ status, bytes }) => status === 200 && bytes > 5_000)
      expect(bodies.map((one) => one.path)).toEqual([
        expect.stringContaining('/archive/refs/tags/'), // a forge gives no entity tag for what it generates
      ])
    })
  })

  it('locks to the same bytes from an empty store', async () => {
    const empty = await openStore(path.join(folder, 'other-store'))
    const second = await lockAtFirst('kubeedge-1.22.0', { store: empty })
    expect(formatLock(second.lock)).toBe(formatLock(first.lock))
  })

  it('passes lock --check, and the check names everything that upstream has changed', async () => {
    const file = path.join(folder, 'checked.lock.json')
    const { lock: locked } = first
    await writeLock(file, locked)
    await expect(lock('kubeedge-1.22.0', { check: file })).resolves.toMatchObject({ lock: locked })
    const changed = withFiles(content, {
      [`${MESH}/v1.17.0/build/crds/istio/crd-gateway.yaml`]: 'kind: None\n',
    })
    const error = await refusal(lock('kubeedge-1.22.0', { check: file, content: changed }))
    expect(error.code).toBe('LOCK_DIFFERS')
    expect(error.exit).toBe(1)
    expect(error.findings.map(({ where }) => where)).toEqual(['files.istio-gateways'])
  })
})

describe('the guide as it is written', () => {
  it('is refused by one run that names each defect', async () => {
    const mesh = content.files.find(({ url }) => url === `${MESH}/v1.17.0/build/helm/edgemesh.tgz`)
    const main = mesh === undefined ? [] : [{ ...mesh, url: `${MESH}/main/build/helm/edgemesh.tgz` }]
    const served = { ...content, files: [...content.files, ...main] }
    const error = await refusal(lock('test/fixtures/guide-as-written.yaml', { content: served }))
    expect(error.code).toBe('GATE_REFUSED')
    const defects = error.findings.filter(({ severity }) => severity === 'error')
    const stale: [string, string][] = [
      ['mirrored-coredns-coredns:1.11.3', 'mirrored-coredns-coredns:1.13.1'],
      ['klipper-helm:v0.9.2-build20241105', 'klipper-helm:v0.9.10-build20251111'],
      ['klipper-lb:v0.4.9', 'klipper-lb:v0.4.13'],
      ['local-path-provisioner:v0.0.30', 'local-path-provisioner:v0.0.32'],
      ['mirrored-library-traefik:2.11.2', 'mirrored-library-traefik:3.5.1'],
      ['mirrored-metrics-server:v0.7.2', 'mirrored-metrics-server:v0.8.0'],
    ]
    for (const [declared, listed] of stale) {
      const found = defects.filter(({ text }) => text.en.includes(`rancher/${declared} is declared`))
      expect(found).toMatchObject([{ code: 'IMAGE_DRIFTED', text: { en: expect.stringContaining(listed) } }])
    }
    const others = defects.filter(({ code }) => code !== 'IMAGE_DRIFTED')
    expect(others.map(({ code, text }) => `${code} ${text.en}`)).toEqual([
      expect.stringMatching(
        /^IMAGE_PHANTOM docker.io\/kubeedge\/cloudcore-synccontroller:v1.22.0 is declared and not published/,
      ),
      expect.stringMatching(
        /^IMAGE_MISSING containerd 2.1.5 .*edge nodes\) requires registry.k8s.io\/pause:3.10, which is not in the edge archive$/,
      ),
      expect.stringMatching(/^IMAGE_MISSING edgecore .*requires docker.io\/kubeedge\/pause:3.6/),
      expect.stringMatching(
        /^IMAGE_MISSING chart cloudcore \(DaemonSet edge-eclipse-mosquitto, edge nodes\) requires docker.io\/library\/eclipse-mosquitto:1.6.15, which is not in the edge archive; it has :2.0/,
      ),
      expect.stringMatching(
        /^FILE_MISSING .* requires cni\/bin\/bridge, cni\/bin\/host-local, cni\/bin\/loopback, cni\/bin\/portmap, which/,
      ),
    ])
    expect(defects).toHaveLength(11)
    expect(error.toJSON().findings).toHaveLength(error.findings.length)
    expect(error.because?.zh).toContain('cloudcore-synccontroller')
  })
})

describe('bad input', () => {
  it('a chart with a path that leads out never reaches helm', async () => {
    const tar = pack()
    tar.entry({ name: 'edgemesh-gateway/Chart.yaml' }, 'name: edgemesh-gateway\nversion: 1.0.0\n')
    tar.entry({ name: 'edgemesh-gateway/../../../etc/cron.d/x' }, '* * * * * root id\n')
    tar.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
    const served = withFiles(content, { [GATEWAY]: gzipSync(Buffer.concat(chunks)) })
    await expect(lock('kubeedge-1.22.0', { content: served })).rejects.toMatchObject({
      code: 'TARBALL_REFUSED',
      exit: 4,
      because: { en: expect.stringContaining('leaves the chart') },
    })
  })

  it('a chart that helm cannot render is named with helm’s own words', async () => {
    const tar = pack()
    tar.entry(
      { name: 'edgemesh-gateway/Chart.yaml' },
      'apiVersion: v2\nname: edgemesh-gateway\nversion: 1.0.0\n',
    )
    tar.entry(
      { name: 'edgemesh-gateway/templates/x.yaml' },
      '{{ required "a thing is needed" .Values.thing }}\n',
    )
    tar.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
    const served = withFiles(content, { [GATEWAY]: gzipSync(Buffer.concat(chunks)) })
    const error = await refusal(lock('kubeedge-1.22.0', { content: served }))
    const found = error.findings.filter(({ code }) => code === 'CHART_UNRENDERED')
    expect(found).toMatchObject([
      { where: 'charts.edgemesh-gateway', text: { en: expect.stringContaining('a thing is needed') } },
    ])
  })

  it('an image that only another state of the cluster asks for is missed: other APIs, or a second run', async () => {
    const images = {
      k3s: '.Capabilities.APIVersions.Has "helm.cattle.io/v1"',
      istio: '.Capabilities.APIVersions.Has "networking.istio.io/v1alpha3"',
      kinds: '.Capabilities.APIVersions.Has "apps/v1/Deployment"',
      second: '.Release.IsUpgrade',
      plain: 'not (.Capabilities.APIVersions.Has "networking.istio.io/v1alpha3")',
    }
    const unseen = {
      looked: '(lookup "v1" "Node" "" "n")',
      third: 'gt .Release.Revision 2',
    }
    const containers = Object.entries({ ...images, ...unseen }).map(
      ([name, condition]) =>
        `{{ if ${condition} }}\n  - image: "docker.io/site/${name}:1"\n    command: [\n  x\n    ]\n{{ end }}`,
    )
    const tar = pack()
    tar.entry(
      { name: 'edgemesh-gateway/Chart.yaml' },
      'apiVersion: v2\nname: edgemesh-gateway\nversion: 1.0.0\n',
    )
    tar.entry(
      { name: 'edgemesh-gateway/templates/x.yaml' },
      `kind: Pod\nmetadata: { name: p }\nspec:\n  nodeSelector: { node-role.kubernetes.io/edge: "" }\n  containers:\n  - image: docker.io/site/always:1\n${containers.join('\n')}\n`,
    )
    tar.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
    const served = withFiles(content, { [GATEWAY]: gzipSync(Buffer.concat(chunks)) })
    const error = await refusal(lock('kubeedge-1.22.0', { content: served }))
    const missing = error.findings.filter(({ code }) => code === 'IMAGE_MISSING').map(({ text }) => text.en)
    for (const name of ['always', ...Object.keys(images)]) {
      expect(
        missing.some((text) => text.includes(`docker.io/site/${name}:1`)),
        name,
      ).toBe(true)
    }
    const mentioned = error.findings.filter(({ code }) => code === 'IMAGE_MENTIONED')
    const texts = mentioned.map(({ text }) => text.en).filter((text) => text.includes('docker.io/site/'))
    for (const name of Object.keys(unseen)) {
      expect(texts.find((text) => text.includes(`docker.io/site/${name}:1`))).toContain('templates/x.yaml')
    }
    expect(texts).toHaveLength(2)
  })

  it('a list of images that is a web page is refused', async () => {
    const served = withFiles(content, { [K3S_LIST]: '<html>please log in</html>' })
    await expect(lock('kubeedge-1.22.0', { content: served })).rejects.toMatchObject({
      code: expect.stringMatching(/IMAGE_LIST_INVALID|TRANSFER_FAILED|ANSWER/),
    })
  })

  it('an image of K3s’ list that changes with a new K3s is seen as drift of what is pinned to it', async () => {
    const list = (await releaseOf('kubeedge-1.22.0')).release
    expect(list.imageLists.k3s).toBeDefined()
    const served = withFiles(content, { [K3S_LIST]: 'docker.io/rancher/mirrored-pause:3.10\n' })
    const error = await refusal(lock('kubeedge-1.22.0', { content: served }))
    expect(
      error.findings.some(({ code, where }) => code === 'IMAGE_DRIFTED' && where.startsWith('images.pause')),
    ).toBe(true)
  })

  it('files and images that are not published are all named in one run, per platform', async () => {
    const name = await write(
      'absent.yaml',
      `extends: kubeedge-1.22.0
files:
  extra: { roles: [edge], path: apps/extra, url: "https://github.com/nobody/nothing/x-\${arch}" }
images:
  one: { reference: "docker.io/kubeedge/none:v1", roles: [edge] }
  two: { reference: "docker.io/kubeedge/cloudcore:v9", roles: [cloud] }
`,
    )
    const error = await refusal(lock(name))
    const found = error.findings.filter(({ severity }) => severity === 'error')
    expect(found.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'FILE_UNPUBLISHED files.extra',
      'FILE_UNPUBLISHED files.extra',
      'IMAGE_PHANTOM images.two',
      'IMAGE_PHANTOM images.one',
    ])
  })

  it('an image that is missing for one platform names what there is', async () => {
    const recipe: ImageRecipe = {
      reference: 'docker.io/site/app:1',
      platform: 'linux/amd64',
      files: [{ path: '/app', mode: 0o755, source: Buffer.from('x') }],
    }
    const served = await releaseContent({ images: [recipe], note: () => {} })
    const name = await write(
      'one-platform.yaml',
      'extends: kubeedge-1.22.0\nimages: { app: { reference: "docker.io/site/app:1", roles: [edge] } }\n',
    )
    const error = await refusal(lock(name, { content: served }))
    expect(error.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'IMAGE_UNUSABLE', where: 'images.app', text: { en: expect.stringContaining('linux/arm64') } },
    ])
  })

  it('a release with defects of its own is refused before the first request', async () => {
    const name = await write(
      'defects.yaml',
      'extends: kubeedge-1.22.0\nimages: { cloudcore: { reference: "x:latest" } }\n',
    )
    const loaded = await releaseOf(name)
    await against(content, async (upstream) => {
      const error = await refusal(lockFrom(loaded, { upstream, store }))
      expect(error.code).toBe('RELEASE_REFUSED')
      expect(upstream.served.requests).toBe(0)
    })
  })
})

describe('an application in the same archives', () => {
  const FILES = 'https://files.factory.example'
  const OBJECTS = `kind: DaemonSet
metadata: { name: line-app }
spec:
  template:
    spec:
      nodeSelector: { node-role.kubernetes.io/edge: "" }
      containers: [{ name: app, image: "registry.factory.example/line/app:3.4.1" }]
---
kind: Deployment
metadata: { name: dashboard }
spec:
  template:
    spec:
      nodeSelector: { node-role.kubernetes.io/control-plane: "true" }
      containers: [{ name: web, image: "registry.factory.example/line/dashboard:3.4.1" }]
`

  async function served(objects: string): Promise<UpstreamContent> {
    const { createHash } = await import('node:crypto')
    const hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
    const tar = pack()
    tar.entry({ name: 'mqtt-exporter/Chart.yaml' }, 'apiVersion: v2\nname: mqtt-exporter\nversion: 1.9.0\n')
    tar.entry(
      { name: 'mqtt-exporter/templates/daemonset.yaml' },
      'kind: DaemonSet\nmetadata: { name: mqtt-exporter }\nspec: { template: { spec: { nodeSelector: { node-role.kubernetes.io/edge: "" }, containers: [{ name: e, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}" }] } } }\n',
    )
    tar.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
    const chart = gzipSync(Buffer.concat(chunks))
    const programs = ['amd64', 'arm64'].map(
      (arch) => [`line-probe-linux-${arch}`, `#!/bin/sh\n# ${arch}\n`] as const,
    )
    const sums = [['line.yaml', objects] as const, ...programs].map(
      ([name, text]) => `${hex(text)}  ${name}\n`,
    )
    const images = ['line/app:3.4.1', 'line/dashboard:3.4.1', 'mirror/mqtt-exporter:1.9.0'].flatMap((name) =>
      (['linux/amd64', 'linux/arm64'] as const).map(
        (platform): ImageRecipe => ({
          reference: `registry.factory.example/${name}`,
          platform,
          files: [{ path: '/app', mode: 0o755, source: Buffer.from(`${name} ${platform}`) }],
        }),
      ),
    )
    return withFiles(await releaseContent({ images, note: () => {} }), {
      [`${FILES}/line/3.4.1/line.yaml`]: objects,
      [`${FILES}/line/3.4.1/SHA256SUMS`]: sums.join(''),
      [`${FILES}/charts/mqtt-exporter-1.9.0.tgz`]: chart,
      [`${FILES}/charts/SHA256SUMS`]: `${hex(chart)}  mqtt-exporter-1.9.0.tgz\n`,
      ...Object.fromEntries(programs.map(([name, text]) => [`${FILES}/line/3.4.1/${name}`, text])),
    })
  }

  it('is locked with its objects as requirers, and without what it removes', async () => {
    const { lock: locked } = await lock('docs/examples/factory-line.yaml', { content: await served(OBJECTS) })
    expect(reasons(locked.images, 'registry.factory.example/line/app:3.4.1')).toEqual([
      'edge: file apps/line.yaml (DaemonSet line-app)',
    ])
    expect(reasons(locked.images, 'registry.factory.example/mirror/mqtt-exporter:1.9.0')).toEqual([
      'edge: chart mqtt-exporter (DaemonSet mqtt-exporter) {"option":"line-metrics"}',
    ])
    expect(locked.images.some(({ reference }) => /gateway|controller-manager/.test(reference))).toBe(false)
    expect(locked.downloads.filter(({ name }) => name === 'files.line-probe')).toHaveLength(2)
  })

  it('is refused when an object asks for an image that was forgotten', async () => {
    const objects = OBJECTS.replace('line/dashboard:3.4.1', 'line/dashboard:3.4.2')
    const error = await refusal(lock('docs/examples/factory-line.yaml', { content: await served(objects) }))
    expect(error.findings.filter(({ severity }) => severity === 'error').map(({ text }) => text.en)).toEqual([
      'file apps/line.yaml (Deployment dashboard, cloud nodes) requires registry.factory.example/line/dashboard:3.4.2, which is not in the cloud archive; it has :3.4.1 (images.line-dashboard) instead',
    ])
  })
})
