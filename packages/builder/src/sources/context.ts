import type { Digest } from '@edgelift/core'
import type { Store, Transport } from '@edgelift/oci'

/** A download as an earlier lock knows it. */
export interface KnownDownload {
  readonly url: string
  readonly digest?: Digest | undefined
  readonly upstreamIntegrity?: string | undefined
}

/** What fetching a source works with. */
export interface SourceContext {
  readonly store: Store
  readonly transport: Transport
  /** Where a URL of the release is really asked for (`rewrites` of the configuration). */
  readonly locate: (url: string) => string
  /** The lock that is replaced: what it knows is not fetched again. */
  readonly previous: { readonly downloads: readonly KnownDownload[] } | undefined
}
