import { realpath } from 'node:fs/promises'
import path from 'node:path'

/**
 * The path of a file from a directory that it lies in, or would; undefined elsewhere. By where the folders really are: an
 * operator may have come through a link. A file that is a link itself lies where the link does.
 */
export async function pathWithin(directory: string, file: string): Promise<string | undefined> {
  const [top, folder] = await Promise.all([realOf(directory), realOf(path.dirname(file))])
  const found = path.relative(top, path.join(folder, path.basename(file)))
  return found === '..' || found.startsWith(`..${path.sep}`) ? undefined : found
}

/** As it is written, where it does not exist. */
function realOf(folder: string): Promise<string> {
  return realpath(folder).catch(() => path.resolve(folder))
}
