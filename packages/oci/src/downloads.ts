import type { Digest } from '@edgelift/core'
import type { BlobSink } from './blob-sink.ts'
import type { Transport } from './transport.ts'

export interface DownloadOptions {
  readonly url: string
  readonly sink: BlobSink
  /** What the bytes must be. Without a digest, a cut transfer goes on only when the server proves that nothing changed. */
  readonly expected?: { readonly digest?: Digest; readonly size?: number }
  readonly transport: Transport
  /** How people call it, in progress and errors. */
  readonly label: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Downloaded {
  readonly size: number
  /** Bytes that came over the network, those of cut attempts included. */
  readonly fetched: number
}

export async function download(options: DownloadOptions): Promise<Downloaded> {
  throw new Error(`not yet: ${options.label}`)
}
