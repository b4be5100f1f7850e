import { z } from 'zod'

const Place = {
  /** On the machine that was copied. */
  path: z.string().startsWith('/'),
}

/** Of a user or a group; the largest one stands for "none" (chown(2)). */
const Id = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 2)

const CopiedFile = z.strictObject({
  ...Place,
  /** Below the copy's folder. */
  name: z.string(),
  mode: z.number().int().min(0).max(0o7777),
  uid: Id,
  gid: Id,
  size: z.number().int().min(0),
  /** Absent for a second name of the very file (hard link), which no copy was made of. */
  sha256: z.string().optional(),
  /** An SQLite database: its side files do not belong to this copy. */
  database: z.literal(true).optional(),
})
export type CopiedFile = z.infer<typeof CopiedFile>

/** What a copy holds. It is written last: a copy without it is not complete. */
export const CopyRecord = z.strictObject({
  format: z.literal('edgelift/copy/v1'),
  /** ISO 8601, by the node's clock. */
  created: z.string(),
  role: z.enum(['cloud', 'edge']),
  /** The archive that was installed. */
  bundle: z.string(),
  lock: z.string(),
  edgelift: z.string(),
  /** That archive's unpacked directory. */
  directory: z.string(),
  /** The node in its cluster, and its address; the address is the cloud's alone. */
  node: z.strictObject({ name: z.string().optional(), ip: z.string().optional() }),
  files: z.array(CopiedFile),
  links: z.array(z.strictObject({ ...Place, to: z.string() })),
})
export type CopyRecord = z.infer<typeof CopyRecord>

/** What is copied of a machine. Pure data. */
export interface Contents {
  /** Files and links; those that are not there are left out. */
  readonly files: readonly string[]
  /** Files that nobody writes into: a new version of them gets their name. A hard link is copy enough. */
  readonly replaced: readonly string[]
  /** SQLite databases. */
  readonly databases: readonly string[]
  /** Of the files those that may be links to a place that no copy has: their content is copied under their own name. */
  readonly followed?: readonly string[]
}

/** Bytes that a copy holds of its own. */
export function sizeOf({ files }: Pick<CopyRecord, 'files'>): number {
  return files.reduce((sum, { size, sha256 }) => sum + (sha256 === undefined ? 0 : size), 0)
}
