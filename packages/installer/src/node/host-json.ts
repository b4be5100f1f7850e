import type { z } from 'zod'
import { type Host, readHostFile } from './host.ts'

/** A JSON document of the host; undefined where there is none, or it is not what it should be: a disk or a hand has changed it. */
export async function readHostJson<T>(
  host: Host,
  file: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await readHostFile(host, file)
  if (text === undefined) return undefined
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
