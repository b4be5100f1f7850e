import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Digest, isDigest, isErrno, writeFileWhole } from '@edgelift/core'
import { z } from 'zod'

/** Which blob of the store holds what was made of other content: losing it costs work and never changes a result. */
const StoreMemo = z.object({
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  size: z.number().int().positive(),
})
export type StoreMemo = z.infer<typeof StoreMemo>

/** Undefined for one that is not there, cut or foreign. */
export async function readStoreMemo(file: string): Promise<StoreMemo | undefined> {
  try {
    return StoreMemo.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

export async function writeStoreMemo(file: string, { digest, size }: StoreMemo): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFileWhole(file, `${JSON.stringify({ digest, size })}\n`)
}
