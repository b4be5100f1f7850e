import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/**
 * Removes everything below a directory that is neither one of these files nor a folder on the way to one: temporary files
 * of a killed run, links, and what another delta of the same name has left.
 * @param files relative to the directory
 */
export async function removeStrays(directory: string, files: ReadonlySet<string>): Promise<void> {
  const folders = new Set([...files].flatMap(foldersOf))
  const queue = ['']
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    for (const entry of await readdir(path.join(directory, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name)
      if (entry.isDirectory() && folders.has(name)) queue.push(name)
      else if (!entry.isFile() || !files.has(name))
        await rm(path.join(directory, name), { recursive: true, force: true })
    }
  }
}

function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
}
