import type { BundleManifest } from '@edgelift/bundle'

/** An archive that was built. */
export interface Made {
  readonly file: string
  readonly size: number
  readonly manifest: BundleManifest
}

export interface Summary {
  readonly made: readonly Made[]
  readonly folder: string
  /** The program, as it is called from here. */
  readonly edgelift: string
  readonly seconds: number
  /** Bytes out of the embedded upstream; undefined when there was none. */
  readonly fetched: number | undefined
}
