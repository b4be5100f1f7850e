import path from 'node:path'
import { type BundleManifest, PATHS, readManifest } from '@edgelift/bundle'
import { EdgeliftError, isErrno, readRegular } from '@edgelift/core'
import { ask, type Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'

/** The release that is installed: what its receipt does not tell, its archive does, where it still lies. */
export interface InstalledRelease {
  readonly bundle: string
  readonly release: { readonly name: string; readonly version: string } | undefined
  readonly lock: string
  /** Of the components, as far as they are known. */
  readonly versions: Readonly<Record<string, string>>
  /** Of the archive that it was installed from. */
  readonly manifest: BundleManifest | undefined
}

export async function installedRelease(host: Host, receipt: Receipt): Promise<InstalledRelease> {
  const { bundle, release, lock } = receipt
  const manifest = await manifestOf(receipt)
  const versions = receipt.versions ?? manifest?.versions ?? (await runningK3s(host, receipt))
  return { bundle, release, lock, versions, manifest }
}

/** Undefined where the directory is gone, or another archive lies there by now. */
async function manifestOf({ directory, lock }: Receipt): Promise<BundleManifest | undefined> {
  const file = path.join(directory, PATHS.manifest)
  try {
    const manifest = readManifest(await readRegular(file), file)
    return manifest.lock === lock ? manifest : undefined
  } catch (error) {
    if (error instanceof EdgeliftError || isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined
    throw error
  }
}

async function runningK3s(host: Host, { role, kubeEdgeOnly }: Receipt): Promise<Record<string, string>> {
  if (role === 'edge' || kubeEdgeOnly !== undefined) return {}
  const version = /\bv(\d\S*)/.exec((await ask(host, '/usr/local/bin/k3s', '--version')) ?? '')?.[1]
  return version === undefined ? {} : { k3s: version }
}
