import { randomBytes } from 'node:crypto'
import { type FileHandle, link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { namingPath } from './file-errors.ts'
import { refuseSpecial } from './special-file.ts'

/**
 * Writes a file so that a reader, or the next run after a power loss, sees the old content or the new one whole:
 * a temporary file in the same folder, fsync, rename, fsync of the folder. An error leaves nothing behind.
 * @param mode permission bits of the new file, exactly (the umask does not apply)
 */
export async function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await replaceFile(file, mode, (handle) => handle.writeFile(content))
}

/**
 * As {@link writeFileAtomic} for whoever is killed, not for a power loss: after one the file may be there and be empty.
 * Only for what is checked each time it is used and can be had again.
 */
export async function writeFileWhole(file: string, content: string | Uint8Array): Promise<void> {
  await replace(file, { mode: 0o644, lasting: false }, (handle) => handle.writeFile(content))
}

/** As {@link writeFileAtomic}, with the content written by `fill` into an open handle. */
export function replaceFile<T>(
  file: string,
  mode: number,
  fill: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  return replace(file, { mode, lasting: true }, fill)
}

async function replace<T>(
  file: string,
  { mode, lasting }: { readonly mode: number; readonly lasting: boolean },
  fill: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  await refuseSpecial(file)
  const temporary = temporaryBeside(file)
  const named = namingFile(file, temporary)
  const handle = await open(temporary, 'wx', mode).catch(named)
  try {
    const result = await fill(handle)
    await handle.chmod(mode)
    if (lasting) await handle.sync()
    await handle.close()
    await rename(temporary, file).catch(named)
    if (lasting) await syncFolder(path.dirname(file))
    return result
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(temporary, { force: true })
    return namingPath(file)(error)
  }
}

/**
 * Writes a file that is not there yet, whole or not at all, also for whoever is killed; never replaces anything, be it a link that
 * leads nowhere.
 * @param mode permission bits of the file, exactly
 * @throws EEXIST where something has that name
 */
export async function createFileWhole(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const temporary = temporaryBeside(file)
  const named = namingFile(file, temporary)
  try {
    await writeNew(temporary, content, mode).catch(named)
    await link(temporary, file).catch(async (error: NodeJS.ErrnoException) => {
      if (!NO_HARD_LINKS.has(error.code ?? '')) return namingFile(file, temporary)(error)
      await writeNew(file, content, mode) // FAT and some network file systems: nothing better is left
    })
    await syncFolder(path.dirname(file))
  } catch (error) {
    return namingPath(file)(error)
  } finally {
    await rm(temporary, { force: true })
  }
}

const NO_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function writeNew(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode)
  try {
    await handle.writeFile(content)
    await handle.chmod(mode)
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** For `catch`: throws the error again, naming the file, which people know, instead of the temporary one. */
export function namingFile(file: string, temporary: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    error.message = error.message.replace(temporary, file)
    error.path = file
    throw error
  }
}

/** A name in the folder of `file` that nothing else uses; what starts with `.edgelift-` is safe to delete later. */
export function temporaryBeside(file: string): string {
  return path.join(
    path.dirname(file),
    `.edgelift-${path.basename(file).slice(0, 100)}-${randomBytes(6).toString('hex')}`,
  )
}

/** Whether a name in the folder of `file` is one that {@link temporaryBeside} makes for it. */
export function isTemporaryOf(file: string, name: string): boolean {
  const begin = `.edgelift-${path.basename(file).slice(0, 100)}-`
  return name.startsWith(begin) && /^[0-9a-f]{12}$/.test(name.slice(begin.length))
}

const ABANDONED = 3_600_000 // milliseconds without a byte, after which nobody writes a small file any more

/** Removes what killed runs have left of a file that several processes may write: temporary files of an hour ago. */
export async function sweepAbandoned(file: string): Promise<void> {
  const folder = path.dirname(file)
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isTemporaryOf(file, name)) continue
    const left = path.join(folder, name)
    const found = await stat(left).catch(() => undefined)
    if (found?.isFile() && Date.now() - found.mtimeMs > ABANDONED) await rm(left, { force: true })
  }
}

/** Makes a rename in `folder` survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
