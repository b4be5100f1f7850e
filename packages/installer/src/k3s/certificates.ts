import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { validityOf } from '../node/certificate-end.ts'
import { statOf } from '../node/copies.ts'
import { type Host, onHost, readHostBytes } from '../node/host.ts'
import { K3S_DATA } from './places.ts'

export interface CertificateFile {
  readonly file: string
  /** Milliseconds since 1970. */
  readonly ends: number
}

const FOLDERS = [`${K3S_DATA}/server/tls`, `${K3S_DATA}/agent`]

/**
 * The first of K3s' leaf certificates to end. K3s renews all of them at a start within 120 days of their end
 * (k3s-io/k3s#12232, since v1.33.1+k3s1; within 90 days before).
 */
export function k3sCertificate(host: Host): Promise<CertificateFile | undefined> {
  return firstEnd(host, (name) => !name.endsWith('-ca.crt'))
}

/** The first of K3s' authorities to end: valid for ten years, and renewed by `k3s certificate rotate-ca` alone. */
export function k3sAuthority(host: Host): Promise<CertificateFile | undefined> {
  return firstEnd(host, (name) => name.endsWith('-ca.crt'))
}

async function firstEnd(
  host: Host,
  isWanted: (name: string) => boolean,
): Promise<CertificateFile | undefined> {
  const found: CertificateFile[] = []
  for (const file of await filesOfK3s(host)) {
    if (!file.endsWith('.crt') || !isWanted(path.basename(file))) continue
    const validity = validityOf(await readHostBytes(host, file).catch(() => undefined))
    if (validity !== undefined) found.push({ file, ends: validity.ends })
  }
  return found.toSorted((a, b) => a.ends - b.ends)[0]
}

/**
 * Certificates and keys of K3s that are none any more. It does not sync what it writes, so that a power loss may leave empty
 * files; it keeps what is there, and cannot start with it. Of one that is missing it makes another; an authority, and what else
 * its datastore has, it takes from there (K3s pkg/daemons/control/deps/deps.go, createClientCertKey; pkg/cluster/bootstrap.go).
 */
export async function damagedFiles(host: Host): Promise<string[]> {
  const damaged: string[] = []
  for (const file of await filesOfK3s(host)) {
    const bytes = await readHostBytes(host, file).catch(() => undefined)
    if (bytes === undefined || isWhole(file, bytes)) continue
    const found = await statOf(onHost(host, file))
    if (found !== undefined && Math.abs(host.now() - found.mtimeMs) > BEING_WRITTEN) damaged.push(file)
  }
  return damaged
}

/** Milliseconds within which a K3s that starts may still be writing a file. */
const BEING_WRITTEN = 5_000

function isWhole(file: string, bytes: Buffer): boolean {
  return file.endsWith('.key') ? bytes.includes('-----END ') : validityOf(bytes) !== undefined
}

/** Paths of all certificates and keys. */
async function filesOfK3s(host: Host): Promise<string[]> {
  const found: string[] = []
  for (const folder of FOLDERS) {
    const names = await readdir(onHost(host, folder)).catch(() => [])
    for (const name of names.toSorted())
      if (/\.(crt|key)$/.test(name)) found.push(path.posix.join(folder, name))
  }
  return found
}
