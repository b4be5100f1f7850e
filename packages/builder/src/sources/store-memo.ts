import { type Digest, isDigest, readOwn, tryParseJson, writeOwn } from '@edgelift/core'
import { z } from 'zod'

/** Which blob of the store holds what was made of other content: losing it costs work and never changes a result. */
const StoreMemo = z.object({
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  size: z.number().int().nonnegative(),
})
export type StoreMemo = z.infer<typeof StoreMemo>

/** Undefined for one that is not there, cut or foreign. */
export async function readStoreMemo(file: string): Promise<StoreMemo | undefined> {
  return StoreMemo.safeParse(jsonOf(await readOwn(file))).data
}

export async function writeStoreMemo(file: string, { digest, size }: StoreMemo): Promise<void> {
  await writeOwn(file, `${JSON.stringify({ digest, size })}\n`)
}

/** Undefined for what is absent or no JSON: a file that was cut, or that another program wrote. */
export function jsonOf(bytes: Uint8Array | undefined): unknown {
  return tryParseJson(new TextDecoder().decode(bytes))
}
