import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Host } from '../../../packages/installer/src/node/host.ts'

/**
 * For parsers that read files. A folder for each input, so that a killed campaign leaves one at most, and importing a
 * parser none.
 */
export async function written<T>(
  files: Readonly<Record<string, string | Buffer>>,
  read: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-fuzz-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), content)
    }
    return await read(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A machine of which only files are read. */
export function hostIn(root: string): Host {
  return { root, env: {}, now: Date.now, exec: () => Promise.reject(new Error('a program was started')) }
}
