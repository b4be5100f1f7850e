import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { foundIn, type Secret } from './planted.ts'
import { insideGzip } from './search.ts'

/** A file that holds secrets, and whether users beside root can come to it. */
export interface Holder {
  /** Below the root, with a slash before. */
  readonly file: string
  readonly names: readonly string[]
  readonly isOpen: boolean
}

/** Every file of a machine's disk that holds a secret, also inside of gzip. */
export function holders(
  root: string,
  secrets: readonly Secret[],
  isSkipped: (file: string) => boolean,
): Promise<Holder[]> {
  return below({ root, secrets, isSkipped }, '/', true)
}

interface Search {
  readonly root: string
  readonly secrets: readonly Secret[]
  readonly isSkipped: (file: string) => boolean
}

/** @param isOpen whether others come as far as this folder */
async function below(search: Search, folder: string, isOpen: boolean): Promise<Holder[]> {
  const found: Holder[] = []
  for (const entry of await entriesOf(path.join(search.root, folder))) {
    const file = path.join(folder, entry.name)
    if (search.isSkipped(file)) continue
    if (entry.isDirectory()) {
      const others = isOpen && (await forOthers(search, file, 0o011))
      found.push(...(await below(search, file, others)))
    } else if (entry.isFile()) {
      const bytes = await readFile(path.join(search.root, file)).catch(() => Buffer.alloc(0)) // it is gone
      const names = new Set([
        ...foundIn(bytes, search.secrets),
        ...foundIn(await insideGzip(bytes), search.secrets),
      ])
      const others = isOpen && (await forOthers(search, file, 0o044))
      if (names.size > 0) found.push({ file, names: [...names], isOpen: others })
    }
  }
  return found
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}

/** Whether a mode lets anybody but root do it: its group has nobody else. */
async function forOthers({ root }: Search, file: string, bits: number): Promise<boolean> {
  const found = await lstat(path.join(root, file)).catch(() => ({ mode: 0, uid: 0, gid: 0 })) // it is gone
  return found.uid !== 0 || (found.mode & bits & (found.gid === 0 ? 0o007 : 0o077)) !== 0
}
