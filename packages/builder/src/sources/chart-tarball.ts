import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { isPlaceholderFile, isSafePath } from '@edgelift/bundle'
import {
  CHUNK,
  EdgeliftError,
  formatBytes,
  readKubernetesYaml,
  TAR_END,
  type Text,
  tarHeader,
  tarPadding,
} from '@edgelift/core'
import { entriesOfTar, unpacked } from '@edgelift/oci'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { helmIgnore } from './helm-ignore.ts'

// Helm itself refuses a chart of more than 100 MiB, or a file of more than 5 MiB (pkg/chart/loader/archive).
const LARGEST_CHART = 32 * 1024 * 1024
const MOST_FILES = 5000
const GZIP = Buffer.of(0x1f, 0x8b) // RFC 1952, 2.3.1
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
  const source = watched(packed)
  const { files, others } = await readEntries(source.pieces, {
    label,
    pick: (name) => name,
    limit: LARGEST_CHART * 4,
  })
  if (!source.head().equals(GZIP))
    throw refuse(label, {
      en: 'it is not compressed with gzip: Helm reads no other chart',
      zh: '不是 gzip 压缩：Helm 只能读取 gzip 压缩的 chart',
    })
  refuseOthers(others, label)
  const tops = new Set([...files.keys()].map((name) => name.split('/')[0]))
  const [top] = tops
  if (tops.size !== 1 || top === undefined) {
    throw refuse(label, {
      en: `a chart is one folder; here are ${[...tops].join(', ') || 'none'}`,
      zh: `chart 应只有一个顶层目录，实际为 ${[...tops].join('、') || '空'}`,
    })
  }
  return new Map([...files].map(([name, bytes]) => [name.slice(top.length + 1), bytes]))
}

/** Hands a stream on and keeps its first two bytes. */
function watched(stream: AsyncIterable<Uint8Array>): {
  readonly pieces: AsyncIterable<Uint8Array>
  readonly head: () => Buffer
} {
  let head = Buffer.alloc(0)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      head = Buffer.concat([head, piece.subarray(0, GZIP.length)]).subarray(0, GZIP.length)
      yield piece
    }
  }
  return { pieces: pieces(), head: () => head }
}

/**
 * Takes a chart's folder out of a source tarball, as `helm package` would: without what its `.helmignore` names.
 * @throws MEMBER_MISSING when there is no such folder; TARBALL_REFUSED as {@link readPackedChart}
 */
export async function readChartFolder(
  tarball: AsyncIterable<Uint8Array>,
  options: { readonly folder: string; readonly label: string },
): Promise<ChartFiles> {
  const { folder, label } = options
  const prefix = `${folder.replace(/^\.\//, '').replace(/\/+$/, '')}/`
  const { files, others } = await readEntries(tarball, {
    label,
    pick: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined),
    limit: LARGEST_SOURCE,
  })
  const isIgnored = helmIgnore(files.get('.helmignore'), label)
  const kept = new Map([...files].filter(([name]) => !isIgnored(name)))
  refuseOthers(new Map([...others].filter(([name]) => !isIgnored(name))), label)
  if (kept.size > 0) return kept
  throw fail('MEMBER_MISSING', {
    what: { en: `${label}: there is no folder ${folder}`, zh: `${label}：其中没有目录 ${folder}` },
    fix: { en: 'check "folder" and the version', zh: '请检查 "folder" 和版本' },
  })
}

/** Kubernetes' reader of YAML, by which Helm reads it, takes a number for a text where a text belongs. */
const scalar = z.union([z.string(), z.number().transform(String)])

const ChartYaml = z.object({
  // As Helm has it (pkg/chart, Metadata.Validate): any name that is one part of a path.
  name: scalar.refine((name) => isSafePath(name) && !name.includes('/')),
  version: scalar,
})

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

interface Entries {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** What is neither a file nor a folder: name to the reason against it. */
  readonly others: ReadonlyMap<string, Text>
}

/** Of a name that appears twice, the last entry counts, as Helm reads it. */
async function readEntries(
  packed: AsyncIterable<Uint8Array>,
  { label, pick, limit }: ReadOptions,
): Promise<Entries> {
  const files = new Map<string, Uint8Array>()
  const others = new Map<string, Text>()
  let total = 0
  try {
    const tar = await unpacked(Readable.from(packed, { objectMode: false }), label)
    for await (const { header, body } of entriesOfTar(tar, { what: label, totalSize: limit })) {
      const name = nameOf(header.name)
      const kept = name === '.' ? undefined : pick(name)
      if (kept === undefined || kept === '') continue
      if (!isSafePath(kept) || name.startsWith('/')) throw leaves(label, header.name)
      if (header.type === 'directory') continue
      if (header.type !== 'file' && header.type !== 'contiguous-file') {
        others.set(kept, {
          en: `${header.name} is ${header.type ? `a ${header.type}` : 'of an unknown type'}: a chart holds files and folders only`,
          zh: `${header.name} 的类型${header.type ? `是 ${header.type}` : '未知'}：chart 只能包含文件和目录`,
        })
        continue
      }
      total += header.size
      if (total > LARGEST_CHART || files.size >= MOST_FILES) throw tooLarge(label)
      files.set(kept, await buffer(body))
    }
  } catch (error) {
    throw asRefusal(error, label)
  }
  return { files, others }
}

/** A name as Helm reads it: cleaned, and with the slashes of Windows where it has no others. */
function nameOf(text: string): string {
  const name = text.includes('/') ? text : text.replaceAll('\\', '/')
  return path.posix.normalize(name).replace(/(?<=.)\/+$/, '')
}

function refuseOthers(others: ReadonlyMap<string, Text>, label: string): void {
  for (const because of others.values()) throw refuse(label, because)
}

function leaves(label: string, name: string): Error {
  return refuse(label, {
    en: `${JSON.stringify(name)} leaves the chart’s folder`,
    zh: `${JSON.stringify(name)} 越出 chart 目录`,
  })
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

/** The tar reader's words about a file, as words about a chart. */
function asRefusal(error: unknown, label: string): unknown {
  if (!(error instanceof EdgeliftError)) return error
  if (error.code === 'CONTENT_TOO_LARGE') return tooLarge(label)
  if (error.code !== 'TAR_INVALID') return error
  const { en, zh } = error.because ?? error.what
  return refuse(label, { en: `it is not a .tar.gz: ${en}`, zh: `不是 .tar.gz：${zh}` }, error)
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
