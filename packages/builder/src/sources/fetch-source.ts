import { createReadStream } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CHUNK, type Digest, decodedText, EdgeliftError, failures, percentDecoded } from '@edgelift/core'
import { download, memorySink, ociCodes, redactUrl } from '@edgelift/oci'
import ssri from 'ssri'
import { fail } from '../codes.ts'
import type { ExpandedSource } from '../release/expand.ts'
import { parseChecksums, type UpstreamChecksum } from './checksums.ts'
import type { SourceContext } from './context.ts'
import { fileSink } from './file-sink.ts'
import { openIncoming } from './incoming.ts'
import { dissentOf } from './upstream-claims.ts'
import { recall, remember, type UrlMemo } from './url-memo.ts'

const failOfSource = failures(ociCodes)

/** A download that lies in the store, and why its bytes are believed. */
export interface FetchedSource {
  readonly digest: Digest
  readonly size: number
  readonly trust: 'upstream-checksum' | 'release-digest' | 'first-use'
  readonly checksumUrl?: string
  readonly upstreamIntegrity?: string
}

/** Bytes of a checksum list. Kubernetes' longest has some 100 KB. */
const CHECKSUM_LIMIT = 4 * 1024 * 1024

/** Fetches the sources of a release; the same URL, and the same checksum file, once. */
export function sourceFetcher(context: SourceContext): (source: ExpandedSource) => Promise<FetchedSource> {
  const sources = new Map<string, Promise<FetchedSource>>()
  const checksumFiles = new Map<string, Promise<string>>()
  const once = <T>(map: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> => {
    const running = map.get(key) ?? work()
    map.set(key, running)
    return running
  }
  return (source) =>
    once(sources, JSON.stringify([source.url, source.checksum]), () =>
      fetchSource(source, context, (url) =>
        once(checksumFiles, url, () => fetchText(url, labelOf(source.id, url), context)),
      ),
    )
}

/** `files.runc runc.arm64`: the same source has a file for each platform, and a checksum file beside it. */
function labelOf(id: string, url: string): string {
  return `${id} ${lastPart(url)}`
}

async function fetchSource(
  source: ExpandedSource,
  context: SourceContext,
  checksumText: (url: string) => Promise<string>,
): Promise<FetchedSource> {
  const { checksum } = source
  if (checksum === undefined) {
    const found = await fetchFirstUse(source, context)
    return { ...found, trust: 'first-use' }
  }
  if ('sha256' in checksum) {
    const digest = `sha256:${checksum.sha256.replace('sha256:', '').toLowerCase()}` as Digest
    return { digest, size: await fetchKnown(source, digest, context), trust: 'release-digest' }
  }
  const upstream = parseChecksums(await checksumText(checksum.url), {
    name: checksum.name ?? fileNameOf(source.url),
    path: checksum.name ?? decodedPath(source.url),
    where: redactUrl(checksum.url),
  })
  return {
    ...(await fetchChecked(source, upstream, context)),
    trust: 'upstream-checksum',
    checksumUrl: checksum.url,
    upstreamIntegrity: upstream.integrity,
  }
}

/** `k3s` of `https://…/v1.34.2%2Bk3s1/k3s`. */
function fileNameOf(url: string): string {
  return lastPart(url)
}

type Found = { readonly digest: Digest; readonly size: number }

async function fetchChecked(
  source: ExpandedSource,
  upstream: UpstreamChecksum,
  context: SourceContext,
): Promise<Found> {
  const { integrity, sha256 } = upstream
  const known = sha256 === undefined ? await knownByIntegrity(source, integrity, context) : undefined
  if (known !== undefined) return known
  const found =
    sha256 === undefined
      ? await fetchUnknown(source, { context, integrity })
      : { digest: sha256, size: await fetchKnown(source, sha256, context) }
  // A download is held against the strongest hash, and the store against SHA-256: a list may say more.
  if (sha256 === undefined && !integrity.includes(' ')) return found
  const dissent = await dissentOf(integrity, () => context.store.open(found.digest))
  if (dissent !== undefined) throw notAsUpstreamSays(source, dissent)
  return found
}

/**
 * Content whose SHA-256 upstream does not say, but that this store or the last lock has met under upstream's own hash. Both
 * are files that others may have written: the content itself has to have that hash.
 */
async function knownByIntegrity(
  source: ExpandedSource,
  integrity: string,
  context: SourceContext,
): Promise<Found | undefined> {
  const locked = context.previous?.downloads.find(
    (one) => one.url === source.url && one.upstreamIntegrity === integrity,
  )
  const memo = await recall(context.store.root, context.locate(source.url))
  const digests = [locked?.digest, memo?.integrity === integrity ? (memo.digest as Digest) : undefined]
  for (const digest of digests) {
    const size = digest === undefined ? undefined : await context.store.check(digest)
    if (digest === undefined || size === undefined) continue
    if ((await dissentOf(integrity, () => context.store.open(digest))) === undefined) return { digest, size }
  }
  return undefined
}

async function fetchFirstUse(source: ExpandedSource, context: SourceContext): Promise<Found> {
  const url = context.locate(source.url)
  const memo = await recall(context.store.root, url)
  if (memo !== undefined && (await isUnchanged(url, memo, context))) {
    return { digest: memo.digest as Digest, size: memo.size }
  }
  const found = await fetchUnknown(source, { context, integrity: undefined })
  if (found.size === 0) throw emptyDownload(source.id, url)
  return found
}

/** Nothing vouches for it, and no file, chart or list of a release is empty: a proxy or a mirror has lost it. */
function emptyDownload(id: string, url: string): Error {
  return failOfSource('SOURCE_REFUSED', {
    what: { en: `${id}: the download is empty`, zh: `${id}：下载内容为空` },
    because: { en: `${redactUrl(url)} returned 0 bytes`, zh: `${redactUrl(url)} 返回 0 字节` },
    fix: {
      en: 'check the URL, and the proxies and mirrors in front of the server',
      zh: '请检查 URL，以及服务器前面的代理和镜像站',
    },
  })
}

/** Asks the server whether its content is still the one that lies in the store (RFC 9110, 13.1.2). */
async function isUnchanged(url: string, memo: UrlMemo, context: SourceContext): Promise<boolean> {
  const { store, transport } = context
  if (memo.etag === undefined || memo.etag.startsWith('W/')) return false
  if ((await store.check(memo.digest as Digest)) !== memo.size) return false
  try {
    const response = await transport.request({ url, headers: { 'if-none-match': memo.etag } })
    response.body.on('error', () => {}).destroy()
    return response.status === 304
  } catch {
    return false // the download that follows survives what one question does not, or says why not
  }
}

async function fetchKnown(source: ExpandedSource, digest: Digest, context: SourceContext): Promise<number> {
  const { store, transport } = context
  const url = context.locate(source.url)
  const label = labelOf(source.id, source.url)
  await store.ensure({ digest }, label, (sink) =>
    download({ url, sink, expected: { digest }, transport, label }),
  )
  return (await store.size(digest)) ?? 0
}

/** Downloads to a file first, then hashes it in one pass: with SHA-256 for the store, with upstream's algorithm for trust. */
async function fetchUnknown(
  source: ExpandedSource,
  options: { readonly context: SourceContext; readonly integrity: string | undefined },
): Promise<Found> {
  const { store, transport, locate } = options.context
  const url = locate(source.url)
  await using incoming = await openIncoming(store.root, url)
  const watching = {
    ...transport,
    async request(request: Parameters<typeof transport.request>[0]) {
      const response = await transport.request(request)
      if (response.status === 200) await incoming.tagged(response.headers.etag)
      return response
    },
  }
  const { file, tag } = incoming
  const label = labelOf(source.id, source.url)
  const sink = fileSink(file)
  const arrive = async () => {
    await download({ url, sink, transport: watching, label, resumeTag: tag() })
    return keep(file, { ...options, source })
  }
  const isResumed = tag() !== undefined && (await sink.offset()) > 0
  const found = await arrive().catch(async (error: unknown) => {
    if (!(error instanceof EdgeliftError && error.code === 'CHECKSUM_MISMATCH')) throw error
    // Wrong bytes are never resumed, and what an earlier run has left may be what is wrong: its tag vouches for no bit.
    await incoming.discard()
    if (!isResumed) throw error
    return arrive()
  })
  const etag = tag()
  await remember(store.root, {
    url,
    digest: found.digest as `sha256:${string}`,
    size: found.size,
    ...(etag === undefined ? {} : { etag }),
    ...(options.integrity === undefined ? {} : { integrity: options.integrity }),
  })
  await incoming.discard()
  return found
}

async function keep(
  file: string,
  options: {
    readonly context: SourceContext
    readonly integrity: string | undefined
    readonly source: ExpandedSource
  },
): Promise<Found> {
  const content = createReadStream(file, { highWaterMark: CHUNK })
  if (options.integrity === undefined) return options.context.store.putStream(content)
  const check = ssri.integrityStream({ integrity: options.integrity })
  const [fed, kept] = await Promise.allSettled([
    pipeline(content, check as unknown as NodeJS.ReadWriteStream),
    options.context.store.putStream(
      check as unknown as Parameters<typeof options.context.store.putStream>[0],
    ),
  ])
  const reasons = [fed, kept].flatMap((side) => (side.status === 'rejected' ? [side.reason as unknown] : []))
  if (reasons.length === 0 && kept.status === 'fulfilled') return kept.value
  const mismatch = reasons.find((reason) => (reason as { code?: string }).code === 'EINTEGRITY')
  throw mismatch === undefined ? reasons[0] : notAsUpstreamSays(options.source, mismatch)
}

function lastPart(url: string): string {
  return path.posix.basename(decodedPath(url))
}

function decodedPath(url: string): string {
  return percentDecoded(new URL(url).pathname)
}

/** @throws what a download throws; CHECKSUM_UNREADABLE for what is far too long */
async function fetchText(url: string, label: string, context: SourceContext): Promise<string> {
  const sink = memorySink()
  const { transport } = context
  try {
    await download({ url: context.locate(url), sink, limit: CHECKSUM_LIMIT, transport, label })
  } catch (error) {
    if (!(error instanceof EdgeliftError && error.code === 'CONTENT_TOO_LARGE')) throw error
    throw fail('CHECKSUM_UNREADABLE', {
      what: { en: `${label}: ${redactUrl(url)} is too long`, zh: `${label}：${redactUrl(url)} 过长` },
      because: {
        en: `a checksum list of more than ${CHECKSUM_LIMIT} bytes is not accepted`,
        zh: `不接受超过 ${CHECKSUM_LIMIT} 字节的校验和列表`,
      },
      fix: { en: 'check the URL', zh: '请检查 URL' },
    })
  }
  return decodedText(sink.bytes())
}

function notAsUpstreamSays(source: ExpandedSource, cause: unknown): Error {
  const { expected, found } = cause as { expected?: unknown; found?: unknown }
  const checksumUrl = source.checksum !== undefined && 'url' in source.checksum ? source.checksum.url : ''
  return fail(
    'CHECKSUM_MISMATCH',
    {
      what: {
        en: `${source.id}: ${redactUrl(source.url)} is not what upstream’s checksum says`,
        zh: `${source.id}：${redactUrl(source.url)} 与上游校验和不符`,
      },
      because: {
        en: `${redactUrl(checksumUrl)} says ${String(expected)}, the download is ${String(found)}`,
        zh: `${redactUrl(checksumUrl)} 为 ${String(expected)}，下载内容为 ${String(found)}`,
      },
      fix: {
        en: 'try again; if it stays so, a mirror or proxy changes the content, or upstream has replaced the file: ask upstream',
        zh: '请重试；若仍如此，可能是镜像站或代理改动了内容，或上游替换了文件：请向上游确认',
      },
    },
    { cause },
  )
}
