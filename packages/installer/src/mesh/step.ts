import { rm } from 'node:fs/promises'
import { writeFileAtomic } from '@edgelift/core'
import {
  apiResponds,
  type Cluster,
  type ClusterAccess,
  kubectl,
  NO_API,
  secretValue,
  tryKubectl,
} from '../kube/kubectl.ts'
import { type ObjectDrift, objectDrift } from '../kube/live-objects.ts'
import { NAMESPACE } from '../kubeedge/namespace.ts'
import { asDrift } from '../kubeedge/restored-object.ts'
import { endUnit } from '../node/end-unit.ts'
import { onHost, readHostFile } from '../node/host.ts'
import { runUnit, untilLasting } from '../node/unit-start.ts'
import { forgetUnitFiles, isActive, isEnabled, startedAfter } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { forgetWritten } from '../state/written.ts'
import { disabled } from '../steps/drift.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { meshKubeconfig } from './kubeconfig.ts'
import { comparedObjects, meshChanges, meshObjects } from './objects.ts'
import { MESH_GONE, MESH_KUBECONFIG, MESH_NAME, MESH_UNIT, MESH_UNIT_FILE, PROGRAMS } from './places.ts'
import { hasReachedApi } from './state.ts'

export interface MeshRefreshInputs {
  readonly cluster: ClusterAccess
  /** Of the pods that open watches on edges. */
  readonly image: string
  /** What the service runs on; it is restarted when one of them is newer than its process. */
  readonly files: readonly string[]
}

const UNIT = { kind: 'unit', unit: MESH_UNIT, programs: [`${PROGRAMS}/`] } as const

/** The service account, its kubeconfig, and the service. */
export const meshRefresh = defineStep<MeshRefreshInputs>({
  id: 'mesh-refresh',
  title: { en: 'start the mesh refresh service', zh: '启动网格刷新服务（mesh refresh）' },
  async check(run, { cluster, image, files }) {
    const { host } = run
    const at = { host, ...cluster }
    if (!(await isEnabled(host, MESH_UNIT)) || !(await isActive(host, MESH_UNIT))) return false
    if (!(await startedAfter(host, MESH_UNIT, [...files, MESH_KUBECONFIG]))) return false
    if ((await changedObjects(at, image)).length !== 0) return false
    const wanted = await wantedKubeconfig(at)
    return wanted !== undefined && (await readHostFile(host, MESH_KUBECONFIG)) === wanted
  },
  async drift({ host }, { cluster, image }) {
    const at = { host, ...cluster }
    const changed = (await apiResponds(at)) ? await changedObjects(at, image) : []
    return [...(await disabled(host, MESH_UNIT)), ...changed.map(asDrift)]
  },
  async apply(run, { cluster, image, files }) {
    const { host, changes } = run
    const at = { host, ...cluster }
    for (const change of meshChanges()) await changes.record(change)
    await kubectl(at, ['apply', '--server-side', '--force-conflicts', '-f', '-'], yaml(meshObjects(image)))
    await changes.backup(MESH_KUBECONFIG)
    await changes.record({ ...UNIT, programs: [...UNIT.programs] })
    await writeKubeconfig(run, at)
    await runUnit(run, MESH_UNIT, [...files, MESH_KUBECONFIG])
    await untilLasting(run, MESH_UNIT, { proof: () => hasReachedApi(host) })
  },
})

export interface MeshRefreshGoneInputs {
  readonly cluster: ClusterAccess
  /** What the service ran on. */
  readonly files: readonly string[]
}

/** `meshRefresh: false`, or no EdgeMesh any more: the service goes with all that it was given. */
export const meshRefreshGone = defineStep<MeshRefreshGoneInputs>({
  id: MESH_GONE,
  title: { en: 'remove the mesh refresh service', zh: '移除网格刷新服务（mesh refresh）' },
  check: async ({ changes }) => !changes.has({ ...UNIT, programs: [] }),
  async apply({ host, changes }, { cluster, files }) {
    const at = { host, ...cluster }
    await endUnit(host, MESH_UNIT, UNIT.programs)
    for (const change of meshChanges().toReversed()) {
      const place = change.namespace === undefined ? [] : ['-n', change.namespace]
      await kubectl(at, [...place, 'delete', change.resource, change.name, '--ignore-not-found'])
      await changes.forget(change)
    }
    for (const place of [PROGRAMS, MESH_KUBECONFIG, MESH_UNIT_FILE])
      await rm(onHost(host, place), { recursive: true, force: true })
    await forgetWritten(host, files)
    for (const path of [...files, MESH_KUBECONFIG]) await changes.forget({ kind: 'file', path })
    await forgetUnitFiles(host)
    await changes.forget({ ...UNIT, programs: [] })
  },
})

function changedObjects(cluster: Cluster, image: string): Promise<ObjectDrift[]> {
  return objectDrift(cluster, comparedObjects(image), { namespace: NAMESPACE })
}

/** JSON is YAML. */
function yaml(documents: readonly unknown[]): string {
  return documents.map((one) => JSON.stringify(one)).join('\n---\n')
}

async function writeKubeconfig(run: Run, cluster: Cluster): Promise<void> {
  await waitUntil({
    ...run,
    id: 'mesh-token',
    what: { en: 'the token of the mesh refresh service', zh: '网格刷新服务的 token' },
    deadline: 60,
    look: async () => {
      const text = await wantedKubeconfig(cluster)
      if (text === undefined)
        return (await apiResponds(cluster)) ? { en: 'not issued yet', zh: '尚未签发' } : NO_API
      await writeFileAtomic(onHost(run.host, MESH_KUBECONFIG), text, 0o600)
      return true
    },
    words: async () => '',
    fix: { en: 'see the log of the controller manager', zh: '请查看 controller manager 的日志' },
  })
}

/** Undefined until the cluster has issued the token. What it holds goes into one file and nowhere else. */
async function wantedKubeconfig(cluster: Cluster): Promise<string | undefined> {
  const of = '{.clusters[0].cluster.server}{"\\n"}{.clusters[0].cluster.certificate-authority-data}'
  const place = ['config', 'view', '--raw', '--minify', '--flatten', '-o', `jsonpath=${of}`]
  const secret = { namespace: NAMESPACE, name: MESH_NAME, key: 'token' }
  const [access, token] = await Promise.all([tryKubectl(cluster, ...place), secretValue(cluster, secret)])
  const [server = '', ca = ''] = (access ?? '').split('\n')
  if (server === '' || token === undefined) return undefined
  return meshKubeconfig({ server, ca: ca.trim(), token: token.toString() })
}
