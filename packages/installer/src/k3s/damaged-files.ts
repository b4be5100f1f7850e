import path from 'node:path'
import { validityOf } from '../node/certificate-end.ts'
import { statOf } from '../node/copies.ts'
import { type Host, onHost, readHostBytes } from '../node/host.ts'
import { startedAfter } from '../node/units.ts'
import { FOLDERS, pathsIn, TLS } from './certificates.ts'
import { K3S_UNIT } from './files.ts'
import { K3S_DATA } from './places.ts'

const CREDENTIALS = `${K3S_DATA}/server/cred`
/** K3s names its token in both: a file for people, and the passwords that it accepts. */
export const TOKEN_FILES = [`${K3S_DATA}/server/token`, `${CREDENTIALS}/passwd`] as const
/** The certificate with which K3s writes each of its kubeconfigs. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  'admin.kubeconfig': 'client-admin.crt',
  'api-server.kubeconfig': 'client-kube-apiserver.crt',
  'cloud-controller.kubeconfig': 'client-k3s-cloud-controller.crt',
  'controller.kubeconfig': 'client-controller.crt',
  'scheduler.kubeconfig': 'client-scheduler.crt',
  'supervisor.kubeconfig': 'client-supervisor.crt',
}

/**
 * By which the server knows its node's agent. One that is empty is taken for none: the agent is refused ("node password not
 * set"), at each start (K3s pkg/agent/config/config.go, ensureNodePassword; pkg/nodepassword). The server that starts compares a new
 * one with this very file (verifyLocalPassword).
 */
const NODE_PASSWORD = '/etc/rancher/node/password'
const SECRETS: readonly string[] = [NODE_PASSWORD, ...TOKEN_FILES]

/** Milliseconds within which a K3s that starts may still be writing a file. */
const BEING_WRITTEN = 5_000

/**
 * Certificates, keys, kubeconfigs and secrets of K3s that are none any more. It does not sync what it writes, so that a power
 * loss may leave empty files; it keeps what is there, and cannot start with it. Of one that is missing it makes another; an
 * authority, the passwords, and what else its datastore has, it takes from there (K3s pkg/daemons/control/deps/deps.go,
 * createClientCertKey; pkg/cluster/bootstrap.go).
 */
export async function damagedFiles(host: Host): Promise<string[]> {
  const files = [
    ...(await pathsIn(host, [...FOLDERS, `${TLS}/etcd`], /\.(crt|key)$/)),
    ...Object.keys(CERTIFICATES).map((name) => `${CREDENTIALS}/${name}`),
    ...SECRETS,
  ]
  const damaged: string[] = []
  for (const file of files) {
    const bytes = await readHostBytes(host, file).catch(() => undefined)
    if (bytes === undefined || isWhole(file, bytes)) continue
    if (!(await isBeingWritten(host, file))) damaged.push(file)
  }
  return damaged
}

/** Whether the K3s that runs may have begun with this file and not ended yet. What is older than its process is a former run's. */
async function isBeingWritten(host: Host, file: string): Promise<boolean> {
  const found = await statOf(onHost(host, file))
  if (found === undefined) return true
  if (Math.abs(host.now() - found.mtimeMs) > BEING_WRITTEN) return false
  return !(await startedAfter(host, K3S_UNIT, [file]))
}

function isWhole(file: string, bytes: Buffer): boolean {
  if (SECRETS.includes(file)) return bytes.toString('latin1').trim() !== '' && !bytes.includes(0)
  if (file.endsWith('.crt')) return validityOf(bytes) !== undefined
  return bytes.includes(file.endsWith('.key') ? '-----END ' : 'users:')
}

/** What K3s writes a damaged file again with: a kubeconfig only when it makes the certificate that it names (deps.go, genClientCerts). */
export function writtenWith(file: string): string | undefined {
  const certificate = CERTIFICATES[path.basename(file)]
  return certificate === undefined ? undefined : `${TLS}/${certificate}`
}
