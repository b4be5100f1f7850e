import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { validityOf } from '../node/certificate-end.ts'
import { type Host, onHost, readHostBytes } from '../node/host.ts'
import { K3S_DATA } from './places.ts'

export interface CertificateFile {
  readonly file: string
  /** Milliseconds since 1970. */
  readonly ends: number
}

export const TLS = `${K3S_DATA}/server/tls`
export const FOLDERS = [TLS, `${K3S_DATA}/agent`]

/** K3s also keeps the signing one of each chain by itself (pkg/daemons/control/deps/deps.go, SigningClientCA). */
const AUTHORITY = /-ca(\.nochain)?\.crt$/

/**
 * The first of K3s' leaf certificates to end. K3s renews all of them at a start within 120 days of their end
 * (k3s-io/k3s#12232, since v1.33.1+k3s1; within 90 days before).
 */
export function k3sCertificate(host: Host): Promise<CertificateFile | undefined> {
  return firstEnd(host, (name) => !AUTHORITY.test(name))
}

/** The first of K3s' authorities to end: valid for ten years, and renewed by `k3s certificate rotate-ca` alone. */
export function k3sAuthority(host: Host): Promise<CertificateFile | undefined> {
  return firstEnd(host, (name) => AUTHORITY.test(name))
}

async function firstEnd(
  host: Host,
  isWanted: (name: string) => boolean,
): Promise<CertificateFile | undefined> {
  const found: CertificateFile[] = []
  for (const file of await pathsIn(host, FOLDERS, /\.crt$/)) {
    if (!isWanted(path.basename(file))) continue
    const validity = validityOf(await readHostBytes(host, file).catch(() => undefined))
    if (validity !== undefined) found.push({ file, ends: validity.ends })
  }
  return found.toSorted((a, b) => a.ends - b.ends)[0]
}

/** Paths of the files in these folders whose names fit. */
export async function pathsIn(host: Host, folders: readonly string[], names: RegExp): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) {
    const all = await readdir(onHost(host, folder)).catch(() => [])
    for (const name of all.toSorted()) if (names.test(name)) found.push(path.posix.join(folder, name))
  }
  return found
}
