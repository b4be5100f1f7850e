import path from 'node:path'
import {
  type CreatedLock,
  checkLock,
  createLock,
  type LoadedRelease,
  type Lock,
  loadRelease,
} from '@edgelift/builder'
import { exec, silent } from '@edgelift/core'
import { openRegistry, openTransport, type Store } from '@edgelift/oci'
import { load } from 'js-yaml'
import { z } from 'zod'
import { releaseCharts } from './upstream/charts.ts'
import type { UpstreamContent } from './upstream/content.ts'
import type { Upstream } from './upstream/upstream.ts'

const root = path.resolve(import.meta.dirname, '../..')
const MANIFESTS = path.join(root, 'manifests')

const Config = z.object({
  mirrors: z.record(z.string(), z.array(z.string())),
  rewrites: z.record(z.string(), z.string()),
  plainHttp: z.array(z.string()),
})

export interface LockingOptions {
  readonly upstream: Upstream
  readonly store: Store
  readonly previous?: Lock
  /** Compare with this lock file and write nothing. */
  readonly check?: string
}

/** Loads a release: a file of this repository, or the name of a shipped one. What it pins of charts is what is served. */
export async function releaseOf(name: string): Promise<LoadedRelease> {
  const file = name.includes('/') ? path.resolve(root, name) : name
  const loaded = await loadRelease(file, { folders: [MANIFESTS] })
  const { edgemesh } = loaded.release.charts
  if (edgemesh?.checksum === undefined || edgemesh.checksum === null) return loaded
  const { edgemeshSha256: sha256 } = await releaseCharts()
  const charts = { ...loaded.release.charts, edgemesh: { ...edgemesh, checksum: { sha256 } } }
  return { ...loaded, release: { ...loaded.release, charts } }
}

/** Makes the lock of a release against the embedded upstream, and nothing else. */
export async function lockFrom(loaded: LoadedRelease, options: LockingOptions): Promise<CreatedLock> {
  const { upstream, store, previous, check } = options
  const { mirrors, rewrites, plainHttp } = Config.parse(load(upstream.config))
  await using transport = openTransport({ plainHttp })
  await using registry = openRegistry({ transport, plainHttp, mirrors, mirrorsOnly: true })
  const lockOptions = {
    release: loaded.release,
    subject: path.basename(loaded.file),
    store,
    registry,
    transport,
    locate: (url: string) => {
      const from = Object.keys(rewrites).find((prefix) => url.startsWith(prefix))
      return from === undefined ? url : `${rewrites[from]}${url.slice(from.length)}`
    },
    report: silent,
    exec,
    concurrency: 4,
    previous,
    hostPlatform: process.arch === 'arm64' ? ('linux/arm64' as const) : ('linux/amd64' as const),
  }
  return await (check === undefined ? createLock(lockOptions) : checkLock({ ...lockOptions, file: check }))
}

/** The same content with files added, or put in the place of those of the same URL. */
export function withFiles(
  content: UpstreamContent,
  files: Readonly<Record<string, string | Uint8Array>>,
): UpstreamContent {
  const urls = Object.keys(files)
  return {
    ...content,
    files: [
      ...content.files.filter(({ url }) => !urls.includes(url)),
      ...urls.map((url) => ({ url, content: { bytes: Buffer.from(files[url] ?? '') } })),
    ],
  }
}
