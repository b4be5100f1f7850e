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
  for (const folder of FOLDERS) {
    const names = await readdir(onHost(host, folder)).catch(() => [])
    for (const name of names.filter((one) => one.endsWith('.crt') && isWanted(one))) {
      const file = path.posix.join(folder, name)
      const validity = validityOf(await readHostBytes(host, file).catch(() => undefined))
      if (validity !== undefined) found.push({ file, ends: validity.ends })
    }
  }
  return found.toSorted((a, b) => a.ends - b.ends)[0]
}
