import { formatBytes, type Text, verified } from '@edgelift/core'
import { download, formatReference, parseReference, type Reference } from '@edgelift/oci'
import pLimit from 'p-limit'
import { fail } from '../codes.ts'
import { failedItems } from '../failed-items.ts'
import { itemRunner } from '../item-runner.ts'
import type { LockedBlob, LockedDownload, LockedImage } from '../lock/schema.ts'
import { readSound } from '../sources/sound-blobs.ts'
import type { FetchContext } from './context.ts'
import { type Need, needLabel, transferSize } from './needs.ts'
import { takeDownloadParts, takeImageFiles } from './parts.ts'

/**
 * Brings everything into the store, several transfers at once. Where some fail, the others go on: what is complete
 * stays, what was cut goes on next time.
 * @throws the error of an image or download that cannot be had, with all others as findings
 */
export async function fetchAll(needs: readonly Need[], context: FetchContext): Promise<void> {
  const { network, progress, signal, subject } = context
  const limit = pLimit(network.concurrency)
  const items = itemRunner(signal)
  progress.begin(needs)
  const run = (need: Need): Promise<void> =>
    limit(async () => {
      const item = { where: needLabel(need), host: hostOf(need, context) }
      await items.run(item, async () => {
        await fetchOne(need, context)
        progress.finished(need)
      })
    })
  const isExtraction = (need: Need): boolean => need.kind === 'image-files'
  await Promise.all(largestFirst(needs.filter((need) => !isExtraction(need))).map(run))
  const failed = new Set(items.failures.map(({ item }) => item.where))
  await Promise.all(needs.filter((need) => isExtraction(need) && !failed.has(needLabel(need))).map(run))
  items.check()
  if (items.failures.length > 0) throw failedItems(items.failures, { subject, outcome: NOT_BUILT })
}

const NOT_BUILT: Text = { en: 'no archive was written', zh: '未生成离线包' }

function hostOf(need: Need, { network }: FetchContext): string {
  return need.kind === 'download'
    ? new URL(network.locate(need.download.url)).host
    : parseReference(need.image.reference).registry
}

/** @throws STORE_INCOMPLETE naming everything that an offline build misses */
export function refuseMissing(needs: readonly Need[]): void {
  if (needs.length === 0) return
  const size = formatBytes(needs.reduce((sum, need) => sum + transferSize(need), 0))
  throw fail('STORE_INCOMPLETE', {
    what: {
      en: `the store lacks ${size} that this build requires`,
      zh: `内容存储中缺少本次构建所需的 ${size} 内容`,
    },
    because: missingNames(needs).join('\n'),
    fix: {
      en: 'build once without --offline, or copy a store that contains them',
      zh: '请先不带 --offline 构建一次，或复制包含这些内容的内容存储',
    },
  })
}

/** Each image and each download, with the bytes that are missing of it. */
function missingNames(needs: readonly Need[]): string[] {
  const sizes = new Map<string, number>()
  for (const need of needs) {
    const name = needLabel(need)
    sizes.set(name, (sizes.get(name) ?? 0) + transferSize(need))
  }
  return [...sizes].map(([name, size]) => (size > 0 ? `${name} (${formatBytes(size)})` : name)).sort()
}

async function fetchOne(need: Need, context: FetchContext): Promise<void> {
  switch (need.kind) {
    case 'manifest':
      return fetchManifest(need.image, need.blob, context)
    case 'blob':
      return fetchBlob(need.image, need.blob, context)
    case 'download':
      return fetchDownload(need.download, need.parts, context)
    case 'image-files':
      return takeFiles(need.image, need.files, context)
  }
}

async function fetchManifest(
  image: LockedImage,
  blob: LockedBlob,
  { network, store, progress }: FetchContext,
): Promise<void> {
  const ref = byDigest(image, blob)
  const { bytes } = await network.registry.fetchManifest(ref)
  await store.putBytes(verified(bytes, blob, formatReference(ref)))
  const label = `${image.reference} ${blob.digest.slice(0, 19)}`
  const [id, done] = [blob.digest, bytes.length]
  progress.report({ type: 'transfer', id, label, done, total: done })
  progress.report({ type: 'transferred', id, label, fetched: done })
}

async function fetchBlob(
  image: LockedImage,
  blob: LockedBlob,
  { network, store }: FetchContext,
): Promise<void> {
  const ref = byDigest(image, image.manifest)
  const label = `${image.reference} ${blob.digest.slice(0, 19)}`
  await store.ensure(blob, label, (sink) => network.registry.fetchBlob(ref, blob, sink, label))
}

/** Its layers were fetched before; those that turn out to be damaged are fetched again. */
async function takeFiles(
  image: LockedImage,
  files: LockedImage['files'],
  context: FetchContext,
): Promise<void> {
  const digests = image.layers.map(({ digest }) => digest)
  const bring = async () => {
    for (const layer of image.layers) await fetchBlob(image, layer, context)
  }
  await readSound({ store: context.store, digests, bring }, () => takeImageFiles(image, files, context))
}

async function fetchDownload(
  locked: LockedDownload,
  parts: LockedDownload['parts'],
  context: FetchContext,
): Promise<void> {
  const { network, store } = context
  const { digest, size, name } = locked
  const rest = parts.filter((part) => part.digest !== digest)
  const take = async () => {
    if (rest.length > 0) await takeDownloadParts(locked, rest, context)
  }
  if (digest === undefined) return take()
  const expected = { digest, ...(size === undefined ? {} : { size }) }
  const url = network.locate(locked.url)
  const { transport } = network
  const label = `${name} ${locked.platforms.join(' ')}`
  const bring = () =>
    store.ensure(expected, label, (sink) => download({ url, sink, expected, transport, label }))
  await readSound({ store, digests: [digest], bring }, take)
}

/** What the lock names, whatever its tag means by now. */
function byDigest(image: LockedImage, { digest }: LockedBlob): Reference {
  const { registry, repository } = parseReference(image.reference)
  return { registry, repository, digest }
}

/** Long transfers begin first, so that none is left alone at the end. */
function largestFirst(needs: readonly Need[]): Need[] {
  return [...needs].sort((a, b) => transferSize(b) - transferSize(a))
}
