import type { BundleManifest } from '@edgelift/bundle'

/** An unpacked archive. */
export interface Bundle {
  readonly directory: string
  readonly manifest: BundleManifest
}
