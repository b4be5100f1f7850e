import type { BundleManifest } from '@edgelift/bundle'
import { CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE } from '../containerd/files.ts'
import type { InstalledRelease } from '../inspect/installed-release.ts'
import { K3S_CONFIG, K3S_UNIT_FILE } from '../k3s/files.ts'
import { goneImageFiles } from '../k3s/image-files.ts'
import { K3S } from '../kube/access.ts'
import { chartStepId } from '../kubeedge/chart-step.ts'
import { repositoryOf } from '../kubeedge/daemon-pods.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { EDGECORE, EDGECORE_UNIT_FILE } from '../kubeedge/edgecore-files.ts'
import { MESH_GONE, MESH_NAME, MESH_UNIT } from '../mesh/places.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'
import type { StepDrift } from '../steps/drift.ts'
import { type ComponentChange, componentChanges } from './components.ts'

/** What an installation would change on a node where one is installed already. */
export interface Preview {
  readonly from: { readonly bundle: string; readonly version: string | null }
  readonly to: { readonly bundle: string; readonly version: string }
  /** Those on this node whose version changes. */
  readonly components: readonly ComponentChange[]
  readonly images: { readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly files: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly removed: readonly string[]
  }
  /** Helm releases and objects of the cluster, in words of their own kind: `kubeedge/cloudcore`, `ConfigMap x`. */
  readonly objects: readonly string[]
  /** What is no longer selected: helm releases (`kubeedge/edgemesh`), and a unit. */
  readonly uninstalls: readonly string[]
  /** Of files that come and go, in bytes. */
  readonly bytes: { readonly added: number; readonly removed: number }
  /** Units that do not run. */
  readonly starts: readonly string[]
  /** Units, and pods as `pods of NAME`. */
  readonly restarts: readonly string[]
  /** Seconds, at most, for which services of the cluster are away from this node. */
  readonly awaySeconds: number
}

interface Seen {
  readonly before: InstalledRelease
  readonly receipt: Pick<Receipt, 'steps' | 'role' | 'kubeEdgeOnly' | 'settings'>
  readonly manifest: BundleManifest
  /** Where the node differs from what the plan leaves. */
  readonly drift: readonly StepDrift[]
  /** Services of the installation that do not run. */
  readonly stopped: readonly string[]
  /** Ids of the plan's steps. */
  readonly steps: readonly string[]
}

export function previewOf({ before, receipt, manifest, drift, stopped, steps }: Seen): Preview {
  const places = (kind: StepDrift['kind'], state?: StepDrift['state']) =>
    drift.filter((one) => one.kind === kind && (state ?? one.state) === one.state).map(({ place }) => place)
  const images = { added: places('image'), removed: gone(before, manifest) }
  const starts = stopped.map((unit) => unit.replace(/\.service$/, ''))
  const restarts = restartsOf(drift, images).filter((name) => !starts.includes(name))
  return {
    from: { bundle: before.bundle, version: before.release?.version ?? null },
    to: { bundle: manifest.name, version: manifest.release.version },
    components: componentChanges(before, manifest, receipt),
    images,
    files: {
      added: places('file', 'missing'),
      changed: places('file', 'changed'),
      // Image tarballs in K3s' folder; other files are replaced in their places.
      removed: goneImageFiles(receipt, manifest).map((change) => change.path),
    },
    objects: [...places('values'), ...places('object')],
    uninstalls: uninstalls(receipt, manifest, steps),
    bytes: bytes(before, manifest),
    starts,
    restarts,
    awaySeconds: awaySeconds(restarts),
  }
}

function gone(before: InstalledRelease, manifest: BundleManifest): string[] {
  const kept = new Set(manifest.images.map(({ reference }) => reference))
  return (before.manifest?.images ?? []).map(({ reference }) => reference).filter((one) => !kept.has(one))
}

function bytes(before: InstalledRelease, manifest: BundleManifest): Preview['bytes'] {
  const sum = (some: BundleManifest, other: BundleManifest | undefined) => {
    const there = new Set(other?.files.map(({ integrity }) => integrity))
    return some.files
      .filter(({ integrity }) => !there.has(integrity))
      .reduce((total, { size }) => total + size, 0)
  }
  if (before.lock === manifest.lock) return { added: 0, removed: 0 }
  return {
    added: sum(manifest, before.manifest),
    removed: before.manifest === undefined ? 0 : sum(before.manifest, manifest),
  }
}

/** Charts that the archive has and the plan has not, as far as they are installed; the mesh refresh service likewise. */
function uninstalls(
  receipt: Pick<Receipt, 'steps'>,
  { charts }: BundleManifest,
  steps: readonly string[],
): string[] {
  const there = new Set(changesOf(receipt, 'release').map((one) => `${one.namespace}/${one.release}`))
  const left = charts
    .filter(({ name }) => !steps.includes(chartStepId(name)))
    .map(({ namespace, release }) => `${namespace}/${release}`)
    .filter((release) => there.has(release))
  const hasMesh = changesOf(receipt, 'unit').some(({ unit }) => unit === MESH_UNIT)
  return [...left, ...(hasMesh && steps.includes(MESH_GONE) ? [MESH_NAME] : [])]
}

/** By the files that a service reads at its start. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  k3s: [K3S, K3S_CONFIG, K3S_UNIT_FILE.to],
  containerd: ['/usr/local/bin/containerd', CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE.to],
  edgecore: [EDGECORE, EDGECORE_CONFIG, EDGECORE_UNIT_FILE.to],
}

function restartsOf(drift: readonly StepDrift[], { added, removed }: Preview['images']): string[] {
  const changed = new Set(drift.filter(({ kind }) => kind === 'file').map(({ place }) => place))
  const services = Object.entries(SERVICES).filter(([, files]) => files.some((file) => changed.has(file)))
  const releases = drift
    .filter(({ kind }) => kind === 'values')
    .map(({ place }) => place.slice(place.indexOf('/') + 1))
  const replaced = added
    .filter((image) => removed.some((old) => repositoryOf(old) === repositoryOf(image)))
    .map((image) => repositoryOf(image))
    .map((repository) => repository.slice(repository.lastIndexOf('/') + 1))
  const pods = [...new Set([...releases, ...replaced])].map((name) => `pods of ${name}`)
  return [...services.map(([name]) => name), ...pods]
}

/** Seconds for which a test of an upgrade allows services to be away (test/nodes/upgrade.test.ts). */
const MESH = 10
/** The same while only services restart: pods and their traffic go on. */
const OTHERS = 3

function awaySeconds(restarts: readonly string[]): number {
  if (restarts.some((name) => name.includes('edgemesh'))) return MESH
  return restarts.length === 0 ? 0 : OTHERS
}
