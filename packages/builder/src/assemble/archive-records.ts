import {
  type BundleFile,
  type BundleManifest,
  formatManifest,
  formatSums,
  hexOfIntegrity,
  integrityOf,
  PATHS,
  type SecretKey,
  signHash,
  signingHash,
} from '@edgelift/bundle'
import { digestOf, EDGELIFT_VERSION, hexOf } from '@edgelift/core'
import type { ArchivePlan, PlanEntry } from '../plan/archive-plan.ts'
import { commentOf, type SigningTime } from './signing.ts'

/** What the manifest says of a file that was written: its size, and the SHA-256 of its content in hexadecimal. */
export function fileOf(entry: PlanEntry, size: number, hex: string): BundleFile {
  const { path: name, mode, origin, neededBy } = entry
  return { path: name, size, mode, integrity: integrityOf(hex), origin, neededBy: [...neededBy] }
}

/** The files that tell of all others, in the order in which they can be made. */
export function recordsOf(
  written: Packed,
  key: SecretKey | undefined,
  signing: SigningTime | undefined,
): [path: string, bytes: Buffer][] {
  const { plan, files } = written
  const manifest = formatManifest(manifestOf(written))
  const hexes = files.map((file): [string, string] => [file.path, hexOfIntegrity(file.integrity)])
  const sums = Buffer.from(formatSums(new Map([...hexes, [PATHS.manifest, hexOf(digestOf(manifest))]])))
  // The archive's bytes do not depend on the time, unless it is asked for.
  const comment = commentOf(`${plan.name}/${PATHS.sums}`, plan.release, signing?.fixed)
  const signature = (secret: SecretKey): Buffer =>
    Buffer.from(signHash(signingHash().update(sums).digest(), secret, comment))
  return [
    [PATHS.manifest, manifest],
    [PATHS.sums, sums],
    ...(key === undefined ? [] : [[PATHS.signature, signature(key)] as [string, Buffer]]),
  ]
}

/** What the records tell of: the plan, and what was written of it. */
interface Packed {
  readonly plan: ArchivePlan
  readonly files: readonly BundleFile[]
  readonly packed: BundleManifest['packed']
}

function manifestOf({ plan, files, packed }: Packed): BundleManifest {
  return {
    format: 'edgelift/bundle/v1',
    name: plan.name,
    role: plan.role,
    platform: plan.platform,
    release: plan.release,
    lock: plan.lock,
    edgelift: EDGELIFT_VERSION,
    versions: plan.versions,
    packed,
    files: [...files],
    images: [...plan.images],
    charts: [...plan.charts],
    options: [...plan.options],
    settings: { ...plan.settings, k3sDisable: [...plan.settings.k3sDisable] },
    placeholders: [...plan.placeholders],
  }
}
