import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Digest } from '@edgelift/core'
import { download, filesOfImage } from '@edgelift/oci'
import { fail } from '../codes.ts'
import type { LockedDownload, LockedImage, LockedPart } from '../lock/schema.ts'
import { fileSink } from '../sources/file-sink.ts'
import { takeParts } from '../sources/members.ts'
import type { FetchContext } from './context.ts'

/**
 * Takes parts out of a download into the store. One that upstream regenerates at each request (no digest in the lock)
 * is fetched here: only what is taken out of it counts.
 * @throws PART_MISMATCH when a part is not what the lock says; TARBALL_REFUSED, MEMBER_MISSING
 */
export async function takeDownloadParts(
  locked: LockedDownload,
  parts: readonly LockedPart[],
  context: FetchContext,
): Promise<void> {
  const tarball = locked.digest ?? (await fetchGenerated(locked, context))
  const requirements = parts.map(({ path: place, member, mode }) => ({
    path: place,
    mode,
    ...(member === undefined ? {} : { member }),
  }))
  const taken = await takeParts(context.store, { tarball, label: locked.name, parts: requirements })
  for (const part of parts) {
    const found = taken.find((one) => one.path === part.path)
    if (found?.digest !== part.digest)
      throw partMismatch(`${locked.name} (${locked.url})`, part, found?.digest)
  }
}

/** Takes files out of the layers of an image, which are in the store. */
export async function takeImageFiles(
  image: LockedImage,
  files: LockedImage['files'],
  { store }: FetchContext,
): Promise<void> {
  const taken = await filesOfImage({
    layers: image.layers,
    open: (digest) => store.open(digest),
    put: (stream) => store.putStream(stream),
    wanted: files.map((file) => file.member ?? ''),
    what: image.reference,
  })
  for (const file of files) {
    const found = taken.get(file.member ?? '')
    if (found?.digest !== file.digest) throw partMismatch(image.reference, file, found?.digest)
  }
}

async function fetchGenerated(locked: LockedDownload, { store, network }: FetchContext): Promise<Digest> {
  const incoming = path.join(store.root, 'incoming')
  await mkdir(incoming, { recursive: true })
  const folder = await mkdtemp(path.join(incoming, 'build-'))
  try {
    const file = path.join(folder, 'content')
    const url = network.locate(locked.url)
    const { transport } = network
    await download({ url, sink: fileSink(file), transport, label: locked.name })
    return (await store.putFile(file)).digest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function partMismatch(where: string, part: LockedPart, found: Digest | undefined): Error {
  return fail('PART_MISMATCH', {
    what: {
      en: `${where}: ${part.member ?? part.path} is not what the lock says`,
      zh: `${where}：${part.member ?? part.path} 与锁定文件不符`,
    },
    because: {
      en: `expected ${part.digest}, got ${found ?? 'nothing'}`,
      zh: `期望 ${part.digest}，实际 ${found ?? '无'}`,
    },
    fix: {
      en: 'upstream has changed it: look at what has changed, then lock again',
      zh: '上游内容已变化：请确认变化后重新 lock',
    },
  })
}
