import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { CHUNK, isErrno } from '@edgelift/core'
import { archiveWriter } from '../archive-writer.ts'
import type { BundleFile } from '../manifest.ts'
import { packContent } from '../pack-content.ts'
import { PATHS } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
import type { Delta } from './schema.ts'

/**
 * Writes the very archive again from its unpacked directory: the same bytes as the full build's, so its `.sha256` and
 * `.minisig` hold for it too. The directory has been verified before.
 */
export async function rewriteArchive(
  directory: string,
  recipe: Delta,
  out: string,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const manifest = readManifest(await readFile(path.join(directory, PATHS.manifest)), PATHS.manifest)
  const files = new Map(manifest.files.map((file) => [file.path, file]))
  const writer = await archiveWriter({ out, top: recipe.name })
  try {
    for (const { path: name, pack } of recipe.files) {
      signal.throwIfAborted()
      const file = files.get(name)
      if (file === undefined) continue // parseDelta's caller has held the recipe against the manifest
      const content = createReadStream(path.join(directory, name), { highWaterMark: CHUNK })
      if (pack === 'alone') await writer.packed(file, packContent(exactly(content, file)))
      else await writer.file({ ...file, compress: pack === 'deflated' }, content)
    }
    await writer.seal()
    for (const name of [PATHS.manifest, PATHS.sums, PATHS.signature]) {
      const file = path.join(directory, name)
      const found = await stat(file).catch((error: unknown) => {
        if (isErrno(error, 'ENOENT')) return undefined
        throw error
      })
      if (found === undefined) continue
      await writer.file({ path: name, mode: '0644', size: found.size, compress: false }, [
        await readFile(file),
      ])
    }
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** The content as it is, and an error at its end where it has another length than the archive's header says. */
async function* exactly(content: AsyncIterable<Uint8Array>, file: BundleFile): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of content) {
    seen += chunk.length
    yield chunk
  }
  if (seen !== file.size) throw new Error(`${file.path}: ${seen} bytes where ${file.size} were announced`)
}
