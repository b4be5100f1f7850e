import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, readRegular, rememberSecret } from '@edgelift/core'
import { K3S_DATA } from '../k3s/places.ts'
import { type Cluster, tryKubectl } from '../kube/kubectl.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { KUBELET_PODS } from '../kubeedge/edgecore-files.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { type Host, onHost } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import type { Receipt } from '../state/receipt.ts'

/** Files of K3s that hold nothing but a secret. Of `K10<hash>::<user>:<secret>`, what follows the last colon is one by itself. */
const OF_K3S = [
  `${K3S_DATA}/server/token`,
  `${K3S_DATA}/server/agent-token`,
  `${K3S_DATA}/server/node-token`,
  '/etc/rancher/node/password',
]
/** Where kubelets mount ConfigMaps, in a pod's folder: EdgeMesh's agent reads the PSK there. */
const CONFIG_MAPS = 'volumes/kubernetes.io~configmap'
/** The key of EdgeMesh's ConfigMap (its chart, `<release>-agent-psk`). */
const KEY = 'psk'

export interface SecretsOf {
  readonly host: Host
  /** The unpacked archive. */
  readonly directory: string
  readonly receipt: Receipt | undefined
  /** On a cloud. */
  readonly cluster: Cluster | undefined
}

/** Whether the PSK in force is known: else nothing can blank it by its value. */
export type KnownPsk = 'known' | 'unknown'

/**
 * Reads the secrets of this node where they really are, and has them blanked in all that this process shows from then on
 * ({@link rememberSecret}): in the archives' directories, in files of K3s and EdgeCore, in what pods mount, and in the cluster.
 * @returns `unknown` where the cluster is silent and no pod here has the PSK mounted
 * @throws the file system's errors for a secret that is there and cannot be read: it could not be left out
 */
export async function rememberNodeSecrets({
  host,
  directory,
  receipt,
  cluster,
}: SecretsOf): Promise<KnownPsk> {
  const pskFile = receipt?.settings.pskFile
  const files = [
    path.join(directory, PSK_FILE),
    ...(receipt === undefined ? [] : [onHost(host, path.join(receipt.directory, PSK_FILE))]),
    ...(typeof pskFile === 'string' ? [onHost(host, pskFile)] : []),
    ...OF_K3S.map((file) => onHost(host, file)),
  ]
  for (const file of files) remember(await textAt(file))
  remember(edgeToken((await textAt(onHost(host, EDGECORE_CONFIG))) ?? ''))
  const mounted = await mountedPsks(host)
  for (const psk of mounted) remember(psk)
  if (cluster === undefined) return 'known'
  const inCluster = await psksOf(cluster)
  for (const psk of inCluster ?? []) remember(psk)
  return inCluster === undefined && mounted.length === 0 ? 'unknown' : 'known'
}

function remember(text: string | undefined): void {
  const secret = text?.trim() ?? ''
  rememberSecret(secret)
  rememberSecret(secret.slice(secret.lastIndexOf(':') + 1))
}

/** Undefined where there is none. */
async function textAt(file: string): Promise<string | undefined> {
  try {
    return String(await readRegular(file))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function edgeToken(config: string): string | undefined {
  const modules = readConfig(config)?.modules as { edgeHub?: { token?: unknown } } | undefined
  const token = modules?.edgeHub?.token
  return typeof token === 'string' ? token : undefined
}

async function mountedPsks(host: Host): Promise<string[]> {
  const found: string[] = []
  for (const pod of await namesAt(onHost(host, KUBELET_PODS))) {
    const volumes = path.join(onHost(host, KUBELET_PODS), pod, CONFIG_MAPS)
    for (const volume of await namesAt(volumes)) {
      const psk = await textAt(path.join(volumes, volume, KEY))
      if (psk !== undefined) found.push(psk)
    }
  }
  return found
}

/** None where there is no such folder. */
async function namesAt(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  })
}

/** Undefined while the API does not respond. */
async function psksOf(cluster: Cluster): Promise<string[] | undefined> {
  const each = `jsonpath={range .items[*]}{.data.${KEY}}{"\\n"}{end}`
  return (await tryKubectl(cluster, 'get', 'configmaps', '-A', '-o', each))
    ?.split('\n')
    .filter((psk) => psk.trim() !== '')
}
