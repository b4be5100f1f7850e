import path from 'node:path'
import { archOf, type BundleManifest, hexOfIntegrity, k3sPath, PATHS } from '@edgelift/bundle'
import { hashFile, isErrno } from '@edgelift/core'
import {
  CONFLIST_FILE,
  CONTAINERD_CONFIG,
  CONTAINERD_SOCKET,
  CONTAINERD_TREES,
  CONTAINERD_UNIT,
  CONTAINERD_UNIT_FILE,
  KERNEL_FILES,
  NETWORK,
  RUNTIME_PROGRAMS,
} from '../containerd/files.ts'
import { keptBefore } from '../containerd/kept-images.ts'
import { edgeRuntime } from '../containerd/runtime.ts'
import { K3S_CONFIG, K3S_UNIT, K3S_UNIT_FILE, RESOLV_CONF } from '../k3s/files.ts'
import { cloudLinks } from '../k3s/links-step.ts'
import { K3S_DATA, K3S_FOLDERS, K3S_SOCKET, K3S_TREES, SOCKET_FOLDERS } from '../k3s/places.ts'
import { K3S_SCRIPTS } from '../k3s/scripts.ts'
import { K3S, type Place } from '../kube/access.ts'
import {
  EDGE_FOLDERS,
  EDGECORE,
  EDGECORE_PROGRAMS,
  EDGECORE_TREES,
  EDGECORE_UNIT,
  EDGECORE_UNIT_FILE,
  KUBELET_PODS,
} from '../kubeedge/edgecore-files.ts'
import { MESH_KUBECONFIG, MESH_UNIT, MESH_UNIT_FILE, PROGRAMS } from '../mesh/places.ts'
import { meshPrograms } from '../mesh/unit.ts'
import { existsOnHost, type Host, onHost, readHostFile } from '../node/host.ts'
import { linkTarget } from '../node/links.ts'
import type { Change } from '../state/change.ts'
import { NOTHING_BEFORE, type Receipt, type StepRecord } from '../state/receipt.ts'
import type { TreeInputs } from '../steps/files.ts'
import type { PackedFile } from '../steps/packed-file.ts'

/** How units and files that edgelift wrote call themselves. */
const SIGN = 'edgelift'

/** What can be found out of an installation: not what was there before it. */
export type FoundInstallation = Pick<Receipt, 'baseline' | 'steps'>

/**
 * Rebuilds the receipt of an installation whose own was deleted, by looking: units that bear edgelift's sign, files of
 * the archive by their digests, generated files by their words. Undefined where nothing is installed.
 */
export async function rebuiltReceipt(place: Place): Promise<FoundInstallation | undefined> {
  const { host, manifest } = place
  const baseline = NOTHING_BEFORE
  if (manifest.role === 'cloud') {
    if (!(await isSigned(host, K3S_UNIT_FILE.to))) return undefined
    return { baseline, steps: await cloudRecords(host, manifest) }
  }
  const units = [EDGECORE_UNIT_FILE.to, CONTAINERD_UNIT_FILE.to]
  const [edgecore, containerd] = await Promise.all(units.map((unit) => isSigned(host, unit)))
  if (!edgecore && !containerd) return undefined
  return { baseline, steps: await edgeRecords(place, containerd === true) }
}

async function cloudRecords(host: Host, manifest: BundleManifest): Promise<StepRecord[]> {
  const packed = [
    { from: k3sPath(archOf(manifest.platform)), to: K3S, mode: 0o755 },
    { from: PATHS.keadm, to: '/usr/local/bin/keadm', mode: 0o755 },
  ]
  const generated = [K3S_CONFIG, RESOLV_CONF, K3S_UNIT_FILE.to, ...K3S_SCRIPTS]
  return [
    record('k3s', { en: 'files of K3s', zh: 'K3s 文件' }, [
      ...placeChanges(K3S_TREES, K3S_FOLDERS),
      ...(await fileChanges(host, manifest, { packed, generated })),
      ...(await linkChanges(host)),
    ]),
    record('k3s-start', { en: 'K3s', zh: 'K3s' }, [
      { kind: 'pods', socket: K3S_SOCKET, sockets: [...SOCKET_FOLDERS] },
      { kind: 'unit', unit: K3S_UNIT, programs: [K3S, `${K3S_DATA}/data/`] },
    ]),
    ...(await meshRecords(host, manifest)),
  ]
}

/** Of the mesh refresh service, as far as it is on this machine. */
export async function meshRecords(host: Host, manifest: BundleManifest): Promise<StepRecord[]> {
  if (!(await isSigned(host, MESH_UNIT_FILE))) return []
  const packed = meshPrograms(manifest)
  const folders = [...new Set(packed.map(({ to }) => path.posix.dirname(to)))].sort()
  return [
    record('mesh-refresh-program', { en: 'files of the mesh refresh service', zh: '网格刷新服务的文件' }, [
      ...folders.map((one): Change => ({ kind: 'folder', path: one })),
      ...(await fileChanges(host, manifest, { packed, generated: [MESH_UNIT_FILE] })),
    ]),
    record('mesh-refresh', { en: 'the mesh refresh service', zh: '网格刷新服务' }, [
      { kind: 'file', path: MESH_KUBECONFIG },
      { kind: 'unit', unit: MESH_UNIT, programs: [`${PROGRAMS}/`] },
    ]),
  ]
}

async function edgeRecords(place: Place, bundled: boolean): Promise<StepRecord[]> {
  const { host, manifest } = place
  const trees = [...EDGECORE_TREES, ...(bundled ? CONTAINERD_TREES : [])].map((one) => ({ path: one }))
  const packed = [...RUNTIME_PROGRAMS, ...EDGECORE_PROGRAMS]
  const generated = [
    ...KERNEL_FILES.map(({ to }) => to),
    CONFLIST_FILE.to,
    ...(bundled ? [CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE.to] : []),
    EDGECORE_UNIT_FILE.to,
  ]
  const pods: Change = bundled
    ? { kind: 'pods', socket: CONTAINERD_SOCKET }
    : { kind: 'pods', sharedNetwork: NETWORK, podsIn: KUBELET_PODS }
  const containerd: Change[] = bundled
    ? [{ kind: 'unit', unit: CONTAINERD_UNIT, programs: ['/usr/local/bin/containerd'] }]
    : []
  return [
    record('container-runtime', { en: 'files of the edge', zh: '边缘节点文件' }, [
      ...placeChanges(trees, EDGE_FOLDERS),
      ...(await fileChanges(host, manifest, { packed, generated })),
    ]),
    record('containerd-start', { en: 'containerd', zh: 'containerd' }, [pods, ...containerd]),
    ...(bundled ? [] : await imageRecords(place)),
    record('join', { en: 'EdgeCore', zh: 'EdgeCore' }, [
      { kind: 'unit', unit: EDGECORE_UNIT, programs: [EDGECORE] },
    ]),
  ]
}

/** Images of an existing containerd that lost their names. Pinned, none of them is lost: whether it was, nobody knows. */
async function imageRecords(place: Place): Promise<StepRecord[]> {
  const { ctr, socket, found } = await edgeRuntime(place, 'existing')
  const kept = found === undefined ? [] : await keptBefore(place.host, ctr)
  if (kept.length === 0) return []
  const changes = kept.map((reference): Change => {
    return { kind: 'image', reference, was: 'other', pinned: true, socket }
  })
  return [record('images', { en: 'import and pin the images', zh: '导入并固定镜像' }, changes)]
}

export function record(stepId: string, title: StepRecord['title'], changes: readonly Change[]): StepRecord {
  return { stepId, title, changes: [...changes] }
}

/** Folders with all above them, the topmost first: those that others use are not empty, and stay. */
function placeChanges(trees: readonly TreeInputs[], folders: readonly string[]): Change[] {
  const above = new Set([...trees.map((tree) => tree.path), ...folders].flatMap(parentsOf))
  return [
    ...[...above, ...folders].map((one): Change => ({ kind: 'folder', path: one })),
    ...trees.map(
      ({ path: tree, keep }): Change => ({
        kind: 'tree',
        path: tree,
        ...(keep ? { keep: [...keep] } : {}),
      }),
    ),
  ]
}

function parentsOf(folder: string): string[] {
  const parent = path.posix.dirname(folder)
  return parent === '/' ? [] : [...parentsOf(parent), parent]
}

async function fileChanges(
  host: Host,
  manifest: BundleManifest,
  { packed, generated }: { readonly packed: readonly PackedFile[]; readonly generated: readonly string[] },
): Promise<Change[]> {
  const found: string[] = []
  for (const file of packed) if (await isPacked(host, manifest, file)) found.push(file.to)
  for (const file of generated) if (await isGenerated(host, file)) found.push(file)
  return found.map((file) => ({ kind: 'file', path: file }))
}

async function isPacked(host: Host, manifest: BundleManifest, { from, to }: PackedFile): Promise<boolean> {
  const entry = manifest.files.find((one) => one.path === from)
  if (entry === undefined) return false
  try {
    return (await hashFile(onHost(host, to))).sha256 === hexOfIntegrity(entry.integrity)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return false
    throw error
  }
}

/** JSON has no room for a sign; the kernel's files bear it in their names. */
async function isGenerated(host: Host, file: string): Promise<boolean> {
  if (file === CONFLIST_FILE.to) return (await readHostFile(host, file)) === CONFLIST_FILE.content
  if (KERNEL_FILES.some(({ to }) => to === file)) return (await readHostFile(host, file)) !== undefined
  return isSigned(host, file)
}

async function isSigned(host: Host, file: string): Promise<boolean> {
  return (await readHostFile(host, file))?.includes(SIGN) === true
}

/** Links to K3s, and into the directory of whichever archive. */
async function linkChanges(host: Host): Promise<Change[]> {
  const found: Change[] = []
  for (const { command } of cloudLinks(PATHS.helm)) {
    const link = `/usr/local/bin/${command}`
    const to = await linkTarget(host, link)
    if (to === 'k3s' || (to !== undefined && (await isInArchive(host, to))))
      found.push({ kind: 'link', path: link, to })
  }
  return found
}

async function isInArchive(host: Host, helm: string): Promise<boolean> {
  if (!helm.endsWith(`/${PATHS.helm}`)) return false
  const directory = helm.slice(0, -PATHS.helm.length)
  return existsOnHost(host, `${directory}${PATHS.installer}`)
}
