import type { PlatformName } from '@edgelift/bundle'
import type { ExpandedSource } from '../release/expand.ts'
import type { FetchedSource } from './fetch-source.ts'
import type { TakenPart } from './members.ts'

/** One download of the release for one platform: it lies in the store, and so do the parts taken out of it. */
export interface PlatformDownload {
  readonly platform: PlatformName
  readonly source: ExpandedSource
  readonly fetched: FetchedSource
  readonly parts: readonly TakenPart[]
  /** Of an image list: what it names, canonical. */
  readonly images?: readonly string[]
}
