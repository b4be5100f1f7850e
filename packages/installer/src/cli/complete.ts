import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  type ArchiveBaseOptions,
  archiveBase,
  type Base,
  completeDirectory,
  completedBefore,
  contentStoreBase,
  directoryBase,
  partsListAt,
  readDelta,
  readPublicKey,
  refuseCompleted,
  rewriteArchive,
  wantedOfBases,
} from '@edgelift/bundle'
import {
  checkOutputFile,
  checkOutputFolder,
  formatBytes,
  makeFolder,
  ownFolder,
  shellWord,
  type Text,
  takeLock,
} from '@edgelift/core'
import { type CommandHandler, usageError } from '@edgelift/core/cli'
import { isThere } from '../node/copies.ts'
import { requireRootOwned } from '../trust/root-owned.ts'
import { requiredKey } from '../trust/trusted-keys.ts'
import { nodeHost } from './node-host.ts'

/** What containerd and K3s hold on this node: their content stores serve as bases as well. */
const CONTENT_STORES = [
  '/var/lib/containerd/io.containerd.content.v1.content',
  '/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content',
] as const

/** Characters of a name that leave room for what a lock appends to it. */
const LOCK_NAME = 180

/** Puts the full archive together; what was done by an interrupted run is kept. */
export const completeCommand: CommandHandler = async (args, { env, report, signal }) => {
  const delta = path.resolve(env.EDGELIFT_DIRECTORY ?? '.')
  if (process.geteuid?.() === 0) await requireRootOwned(delta)
  const recipe = await readDelta(delta)
  const into = typeof args.into === 'string' ? path.resolve(args.into) : path.dirname(delta)
  const named = Array.isArray(args.base) ? args.base.map(String) : []
  // Of an archive in parts, the shell may name all of them.
  const places = [
    ...new Set(await Promise.all(named.map(async (place) => (await partsListAt(place)) ?? place))),
  ]
  if (places.length === 0) throw usageError(NO_BASE)
  const scratch = path.join(into, `${recipe.name}.base`)
  const archive = args.archive === true ? path.join(into, `${recipe.name}.tar.gz`) : undefined
  await checkOutputFolder(into)
  await makeFolder(into)
  // Two of one archive would remove each other's files.
  await using _lock = await takeLock(path.join(into, `${recipe.name.slice(0, LOCK_NAME)}.lock`))
  const directory = path.join(into, recipe.name)
  if (await isThere(directory)) await rm(scratch, { recursive: true, force: true }) // of a run that was killed at its end
  if (archive === undefined) await refuseCompleted(directory)
  else await checkOutputFile(archive, { inputs: places })
  const host = nodeHost(env, signal)
  const pubkey = typeof args.pubkey === 'string' ? args.pubkey : undefined
  const asked = pubkey === undefined ? undefined : await readPublicKey(pubkey)
  const publicKey = await requiredKey(host, delta, asked)
  const request = { delta, into, ...(publicKey === undefined ? {} : { publicKey }) }
  // A full disk or a signal may have kept an earlier run from writing the archive.
  const before = archive === undefined ? undefined : await completedBefore(request)
  const complete = async () => {
    const wanted = await wantedOfBases(delta)
    return await withUnpackedBases(places, { scratch, wanted, signal }, (unpacked) => {
      const bases = [...unpacked, ...CONTENT_STORES.map(contentStoreBase)]
      return completeDirectory({ ...request, bases, report, signal })
    })
  }
  const completed = before === undefined ? await complete() : { directory: before, reused: 0, carried: 0 }
  const written =
    archive === undefined ? undefined : await rewriteArchive(completed.directory, recipe, archive, signal)
  return {
    document: { ...completed, ...(archive === undefined ? {} : { archive, ...written }) },
    text: (lang) => words({ ...completed, archive })[lang],
  }
}

/**
 * What is taken out of archives goes at the end. Only an interrupted run keeps it for the next one: after an error, the next one
 * may be given another archive of the same name.
 */
async function withUnpackedBases<T>(
  places: readonly string[],
  { scratch, ...options }: ArchiveBaseOptions,
  use: (bases: readonly Base[]) => Promise<T>,
): Promise<T> {
  await ownFolder(scratch)
  try {
    const bases: Base[] = []
    // One folder each: archives of one name may lie in different places.
    for (const [index, place] of places.entries())
      bases.push(await baseOf(place, { ...options, scratch: path.join(scratch, String(index)) }))
    const result = await use(bases)
    await rm(scratch, { recursive: true, force: true })
    return result
  } catch (error) {
    if (!options.signal.aborted) await rm(scratch, { recursive: true, force: true })
    throw error
  }
}

async function baseOf(place: string, options: ArchiveBaseOptions): Promise<Base> {
  const found = await stat(place).catch(() => undefined)
  const isArchive = found?.isFile() === true || (await partsListAt(place)) !== undefined
  return isArchive ? archiveBase(place, options) : directoryBase(path.resolve(place))
}

function words({
  directory,
  reused,
  carried,
  archive,
}: {
  directory: string
  reused: number
  carried: number
  archive: string | undefined
}): Text {
  const files = archive === undefined ? directory : `${directory}, ${archive}`
  const [old, fresh] = [formatBytes(reused), formatBytes(carried)]
  return {
    en: `completed ${files}: ${old} from the base, ${fresh} from the delta; every file verified\nnext: cd ${shellWord(directory)} && sudo ./install.sh --dry-run`,
    zh: `已还原 ${files}：${old} 来自基准，${fresh} 来自增量包；全部文件校验通过\n下一步：cd ${shellWord(directory)} && sudo ./install.sh --dry-run`,
  }
}

const NO_BASE: Text = {
  en: 'no base given: --base DIRECTORY|ARCHIVE names the older archive',
  zh: '未指定基准：请用 --base 指定旧离线包或其解包目录',
}
