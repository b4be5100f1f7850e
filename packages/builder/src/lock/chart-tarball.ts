import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, gzipSync } from 'node:zlib'
import { isPlaceholderFile, isSafePath } from '@edgelift/bundle'
import {
  CHUNK,
  formatBytes,
  readKubernetesYaml,
  TAR_END,
  type Text,
  tarHeader,
  tarPadding,
} from '@edgelift/core'
import { extract, type Header } from 'tar-stream'
import { z } from 'zod'
import { fail } from '../codes.ts'

// Helm itself refuses a chart of more than 100 MiB, or a file of more than 5 MiB (pkg/chart/loader/archive).
const LARGEST_CHART = 32 * 1024 * 1024
const MOST_FILES = 5000
const LARGEST_SOURCE = 2 * 1024 * 1024 * 1024

/** A chart in memory: path below the chart's own folder to content. */
export type ChartFiles = ReadonlyMap<string, Uint8Array>

export interface ChartFacts {
  readonly name: string
  readonly version: string
  /** It only stands for the real chart. */
  readonly placeholder: boolean
}

/**
 * Reads a packed chart as it came from the network, before any other program sees it.
 * @param label how an error names it
 * @throws TARBALL_REFUSED for a link, a device, a path that leaves the chart, a bomb, or what is no chart
 */
export async function readPackedChart(packed: AsyncIterable<Uint8Array>, label: string): Promise<ChartFiles> {
  const entries = await readEntries(packed, { label, pick: (name) => name, limit: LARGEST_CHART * 4 })
  const tops = new Set([...entries.keys()].map((name) => name.split('/')[0]))
  const [top] = tops
  if (tops.size !== 1 || top === undefined) {
    throw refuse(label, {
      en: `a chart is one folder; here are ${[...tops].join(', ') || 'none'}`,
      zh: `chart 应只有一个顶层目录，实际为 ${[...tops].join('、') || '空'}`,
    })
  }
  return new Map([...entries].map(([name, bytes]) => [name.slice(top.length + 1), bytes]))
}

/**
 * Takes a chart's folder out of a source tarball.
 * @throws MEMBER_MISSING when there is no such folder; TARBALL_REFUSED as {@link readPackedChart}
 */
export async function readChartFolder(
  tarball: AsyncIterable<Uint8Array>,
  options: { readonly folder: string; readonly label: string },
): Promise<ChartFiles> {
  const { folder, label } = options
  const prefix = `${folder.replace(/^\.\//, '').replace(/\/+$/, '')}/`
  const files = await readEntries(tarball, {
    label,
    pick: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined),
    limit: LARGEST_SOURCE,
  })
  if (files.size > 0) return files
  throw fail('MEMBER_MISSING', {
    what: { en: `${label}: there is no folder ${folder}`, zh: `${label}：其中没有目录 ${folder}` },
    fix: { en: 'check "folder" and the version', zh: '请检查 "folder" 和版本' },
  })
}

const ChartYaml = z.object({ name: z.string().regex(/^[A-Za-z0-9._-]+$/), version: z.string() })

/** @throws TARBALL_REFUSED when there is no `Chart.yaml` that says what this is */
export function chartFacts(files: ChartFiles, label: string): ChartFacts {
  const bytes = files.get('Chart.yaml')
  const parsed = bytes === undefined ? undefined : ChartYaml.safeParse(yaml(bytes))
  if (bytes !== undefined && parsed?.success === true)
    return { ...parsed.data, placeholder: isPlaceholderFile(bytes) }
  throw refuse(label, {
    en: bytes === undefined ? 'there is no Chart.yaml in it' : 'its Chart.yaml names no chart and version',
    zh: bytes === undefined ? '其中没有 Chart.yaml' : '其 Chart.yaml 没有名称和版本',
  })
}

/**
 * Packs a chart. The same files give the same bytes on every machine and Node version: sorted entries without times
 * and owners, deflated at once (one-shot deflate does not depend on how bytes arrive), a gzip header without system.
 */
export function packChart(files: ChartFiles, name: string): Uint8Array {
  const pieces: Uint8Array[] = []
  for (const [file, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    pieces.push(
      tarHeader({ path: `${name}/${file}`, size: bytes.length, mode: 0o644, type: 'file' }),
      bytes,
      Buffer.alloc(tarPadding(bytes.length)),
    )
  }
  const packed = gzipSync(Buffer.concat([...pieces, TAR_END]), { level: 9, chunkSize: CHUNK })
  packed[8] = 0 // XFL
  packed[9] = 3 // OS: zlib writes the one that it was compiled for
  return packed
}

interface ReadOptions {
  readonly label: string
  /** The name under which an entry is kept; undefined leaves it out. */
  readonly pick: (name: string) => string | undefined
  /** Of the whole tarball, unpacked. */
  readonly limit: number
}

async function readEntries(
  packed: AsyncIterable<Uint8Array>,
  { label, pick, limit }: ReadOptions,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const unpack = extract()
  let total = 0
  const feed = feedTo(packed, unpack, { label, limit })
  try {
    for await (const entry of unpack) {
      const name = entry.header.name.replace(/^(\.\/)+/, '').replace(/\/+$/, '')
      const kept = name === '' ? undefined : pick(name)
      if (kept === undefined || kept === '') {
        entry.resume()
        continue
      }
      checkEntry(entry.header, kept, label)
      if (entry.header.type === 'directory') {
        entry.resume()
        continue
      }
      total += entry.header.size ?? 0
      if (total > LARGEST_CHART || files.size >= MOST_FILES) throw tooLarge(label)
      if (files.has(kept)) {
        throw refuse(label, { en: `${kept} stands in it twice`, zh: `其中 ${kept} 重复` })
      }
      files.set(kept, await bytesOf(entry as AsyncIterable<Uint8Array>))
    }
    await feed
  } catch (error) {
    unpack.destroy()
    await feed.catch(() => {})
    throw asRefusal(error, label)
  }
  return files
}

function feedTo(
  packed: AsyncIterable<Uint8Array>,
  unpack: ReturnType<typeof extract>,
  { label, limit }: { label: string; limit: number },
): Promise<void> {
  let seen = 0
  return pipeline(
    Readable.from(packed, { objectMode: false }),
    createGunzip({ chunkSize: CHUNK, finishFlush: constants.Z_FINISH }),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        seen += chunk.length
        if (seen > limit) throw tooLarge(label)
        yield chunk
      }
    },
    unpack,
  )
}

function checkEntry(header: Header, name: string, label: string): void {
  if (header.type !== 'file' && header.type !== 'directory' && header.type !== 'contiguous-file') {
    throw refuse(label, {
      en: `${header.name} is a ${header.type}: a chart holds files and folders only`,
      zh: `${header.name} 的类型是 ${header.type}：chart 只能包含文件和目录`,
    })
  }
  if (!isSafePath(name) || header.name.startsWith('/')) {
    throw refuse(label, {
      en: `${JSON.stringify(header.name)} leaves the chart’s folder`,
      zh: `${JSON.stringify(header.name)} 越出 chart 目录`,
    })
  }
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function yaml(bytes: Uint8Array): unknown {
  try {
    return readKubernetesYaml(Buffer.from(bytes).toString('utf8'))[0]
  } catch {
    return undefined // told by the caller, as every other content that is no Chart.yaml
  }
}

function tooLarge(label: string): Error {
  return refuse(label, {
    en: `it unpacks to more than ${formatBytes(LARGEST_CHART)} or ${MOST_FILES} files`,
    zh: `解压后超过 ${formatBytes(LARGEST_CHART)} 或 ${MOST_FILES} 个文件`,
  })
}

/** What zlib and tar-stream say of bytes that are neither. */
function asRefusal(error: unknown, label: string): unknown {
  const { code, message } = error as { code?: string; message?: string }
  const damaged =
    code?.startsWith('Z_') === true ||
    /^(Invalid tar|Unexpected end of data|Size mismatch)/i.test(message ?? '')
  if (!damaged) return error
  return refuse(label, { en: `it is not a .tar.gz: ${message}`, zh: `不是 .tar.gz：${message}` }, error)
}

function refuse(label: string, because: Text, cause?: unknown): Error {
  return fail(
    'TARBALL_REFUSED',
    {
      what: { en: `${label}: this chart is not unpacked`, zh: `${label}：拒绝解压该 chart` },
      because,
      fix: {
        en: 'look at where it came from before you use it: a sound chart does not look like this',
        zh: '使用前请检查其来源：正常的 chart 不会如此',
      },
    },
    { cause },
  )
}

/** `helm-charts/edgemesh.tgz` to `edgemesh`, for messages. */
export function chartLabel(id: string, url: string): string {
  return `${id} (${path.posix.basename(new URL(url).pathname)})`
}
