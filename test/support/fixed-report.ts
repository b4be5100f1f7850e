import {
  type BundleFile,
  type BundleManifest,
  newKey,
  PATHS,
  requirerOf,
  signHash,
  signingHash,
} from '@edgelift/bundle'
import type { Difference } from '../../packages/builder/src/diff/compare.ts'
import type { Inspection } from '../../packages/builder/src/inspect/inspection.ts'

// An archive that never changes, with something in each section of the report, for tests of how the report looks.

const MB = 1_000_000
const NGINX = { kind: 'chart', name: 'line-app', detail: 'Deployment line-app' } as const
const LONG = 'docker.io/factory/production-line/vibration-analysis-gateway:2026.11.0-bookworm-slim'

const file = (path: string, size: number, origin: BundleFile['origin']): BundleFile => ({
  ...{ path, size, origin, mode: '0644', neededBy: [] },
  integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
})
const url = (
  name: string,
  trust: 'upstream-checksum' | 'release-digest' | 'first-use',
): BundleFile['origin'] => ({
  ...{ kind: 'url', trust },
  url: `https://files.example.com/releases/download/v1.34.2/${name}`,
})
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

const manifest: BundleManifest = {
  format: 'edgelift/bundle/v1',
  name: 'factory-line-cloud-1.0.0-k3s-1.34.2+k3s1-amd64',
  role: 'cloud',
  platform: 'linux/amd64',
  release: { name: 'factory-line', version: '1.0.0' },
  lock: digest('a'),
  edgelift: '1.0.0',
  packed: { size: 1, sha256: 'b'.repeat(64) },
  versions: { k3s: '1.34.2+k3s1', kubeedge: '1.22.0', edgemesh: '1.17.0' },
  files: [
    file('k3s-amd64', 70 * MB, url('k3s', 'upstream-checksum')),
    file('bin/helm', 60 * MB, {
      ...url('helm.tar.gz', 'release-digest'),
      member: 'linux-amd64/helm',
    } as never),
    file('helm-charts/line-app.tgz', MB, url('line-app.tgz', 'first-use')),
    file('runtime/node', 110 * MB, {
      ...{
        kind: 'image-file',
        reference: 'docker.io/library/node:24.21.0-bookworm-slim',
        digest: digest('c'),
      },
      member: '/usr/local/bin/node',
    }),
    file('images/pause.tar', MB, {
      kind: 'image',
      reference: 'docker.io/rancher/pause:3.6',
      digest: digest('d'),
    }),
    file('images/gateway.tar', 40 * MB, { kind: 'image', reference: LONG, digest: digest('e') }),
    file('installer.mjs', 2 * MB, { kind: 'edgelift', version: '1.0.0' }),
    file(PATHS.sbom, 90_000, { kind: 'edgelift', version: '1.0.0' }),
    file(PATHS.provenance, 9_000, { kind: 'edgelift', version: '1.0.0' }),
  ],
  images: [
    {
      ...{ reference: 'docker.io/rancher/pause:3.6', digest: digest('d'), platform: 'linux/amd64' },
      ...{ file: 'images/pause.tar', blobs: [] },
      neededBy: [requirerOf({ kind: 'runtime', name: 'containerd 2.1.5', detail: 'sandbox of every pod' })],
    },
    {
      ...{
        reference: LONG,
        digest: digest('e'),
        platform: 'linux/amd64',
        file: 'images/gateway.tar',
        blobs: [],
      },
      neededBy: [
        requirerOf(NGINX, { option: 'line-app' }),
        requirerOf({ kind: 'release', name: 'images.gateway' }),
      ],
    },
  ],
  charts: [
    {
      ...{ name: 'line-app', path: 'helm-charts/line-app.tgz', release: 'line-app', namespace: 'line' },
      ...{ when: { option: 'line-app' }, values: {}, variants: [] },
    },
  ],
  options: [
    { name: 'line-app', title: { en: 'Metrics of the production line', zh: '产线指标' }, default: true },
    { name: 'gateway', title: { en: 'Entrance from outside', zh: '外部访问入口' }, default: false },
  ],
  settings: { sandboxImage: 'docker.io/rancher/pause:3.6', testImage: '', k3sDisable: ['traefik'] },
  placeholders: ['docker.io/rancher/pause:3.6'],
} as const

const component = (path: string, version: string, expression?: string): object => ({
  ...{ type: 'application', 'bom-ref': path, name: path, version },
  ...{ licenses: expression === undefined ? [] : [{ expression }] },
  properties: [{ name: 'edgelift:path', value: path }],
})
const sbom = JSON.stringify({
  serialNumber: 'urn:uuid:1',
  metadata: { tools: { components: [] }, component: { name: 'a', version: '1' } },
  components: [
    component('k3s-amd64', '1.34.2+k3s1', 'Apache-2.0'),
    component('bin/helm', '4.1.4', 'Apache-2.0'),
    component('runtime/node', '24.21.0', 'MIT AND Apache-2.0 AND LicenseRef-bundled'),
    component('images/pause.tar', '3.6', 'Apache-2.0'),
    { ...component('images/gateway.tar', '2026.11.0'), type: 'container' },
  ],
})
const key = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 2))

export const fixedInspection: Inspection = {
  where: 'factory-line.tar.gz',
  packedSize: 160 * MB,
  kinds: [
    { kind: 'images', files: 2, bytes: 41 * MB },
    { kind: 'programs', files: 2, bytes: 130 * MB },
    { kind: 'runtime', files: 1, bytes: 110 * MB },
    { kind: 'charts', files: 1, bytes: MB },
    { kind: 'installer', files: 1, bytes: 2 * MB },
    { kind: 'records', files: 2, bytes: 99_000 },
  ],
  verified: {
    ...{ manifest, files: 9, bytes: 284 * MB, sha256: 'f'.repeat(64), signature: 'unchecked' },
    ...{ besideChecked: [], besideUnchecked: [], edited: [], problems: [] },
    contents: new Map(
      Object.entries({
        [PATHS.sbom]: sbom,
        [PATHS.signature]: signHash(signingHash().digest(), key, 'factory-line 1.0.0'),
      }).map(([name, text]) => [name, Buffer.from(text)]),
    ),
  },
}

export const fixedDifference: Difference = {
  from: 'factory-line-cloud-0.9.0',
  to: manifest.name,
  isEmpty: false,
  components: [{ name: 'k3s', from: '1.34.1+k3s1', to: '1.34.2+k3s1' }],
  images: [{ name: LONG, to: digest('e'), fromSize: 0, toSize: 40 * MB }],
  charts: [
    {
      name: 'line-app',
      from: digest('1'),
      to: digest('2'),
      values: [{ name: 'values.replicas', from: '1', to: '2' }],
    },
  ],
  crds: [],
  files: [{ name: 'k3s-amd64', from: digest('3'), to: digest('4'), fromSize: 69 * MB, toSize: 70 * MB }],
  settings: [{ name: 'option gateway', to: '{"default":false}' }],
  size: { from: 240 * MB, to: 284 * MB },
}
