import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileStream, isErrno } from '@edgelift/core'
import { archiveWriter } from '../archive-writer.ts'
import { fail } from '../codes.ts'
import type { BundleFile } from '../manifest.ts'
import { packContent } from '../pack-content.ts'
import { PATHS } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
import { DELTA_PATHS, type Delta } from './schema.ts'

/**
 * Writes the very archive again from its unpacked directory: the same bytes as the full build's, so its `.sha256` and
 * `.minisig` hold for it too. The directory has been verified before.
 * @throws DELTA_INVALID where the recipe packs the files in another way than the full build has done
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
      const file = files.get(name)
      if (file === undefined) continue // parseDelta's caller has held the recipe against the manifest
      const content = until(signal, fileStream(path.join(directory, name)))
      if (pack === 'alone') await writer.packed(file, packContent(exactly(content, file)))
      else await writer.file({ ...file, compress: pack === 'deflated' }, content)
    }
    const { size, sha256 } = await writer.seal()
    if (size !== manifest.packed.size || sha256 !== manifest.packed.sha256)
      throw packedOtherwise(directory, out)
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

function packedOtherwise(directory: string, out: string): Error {
  return fail('DELTA_INVALID', {
    what: { en: `cannot write ${out} as the full build wrote it`, zh: `无法还原与完整构建一致的 ${out}` },
    because: {
      en: `${DELTA_PATHS.recipe} packs the files differently from what the manifest vouches for`,
      zh: `${DELTA_PATHS.recipe} 的打包方式与清单记录不符`,
    },
    fix: {
      en: `${directory} is complete and verified: install from it; for the archive, remove it, copy the delta archive again and run complete again`,
      zh: `${directory} 已完整还原并通过校验，可直接用于安装；如需离线包，请删除该目录，重新拷贝增量包后再次执行 complete`,
    },
  })
}

/** The content as it is until the signal is aborted: an image has hundreds of megabytes. */
async function* until(signal: AbortSignal, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted()
  for await (const chunk of content) {
    yield chunk
    signal.throwIfAborted()
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
