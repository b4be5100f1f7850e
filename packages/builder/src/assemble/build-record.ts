import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SecretKey } from '@edgelift/bundle'
import { type Digest, digestOf, hashFile, hexOf, isErrno, readOwn, writeOwn } from '@edgelift/core'
import { z } from 'zod'
import { canonicalJson } from '../lock/seal.ts'
import { type ArchivePlan, archiveFileName } from '../plan/archive-plan.ts'
import { jsonOf } from '../sources/store-memo.ts'
import type { WrittenArchive } from './write-archive.ts'

/** What an archive turned out to be, kept in the store under the digest of everything that it was made from. */
const BuildRecord = z.object({
  size: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where the archive was to be signed. */
  blake2b: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .optional(),
  /** The file whose bytes had this hash, as {@link identityOf} tells it from any other and from itself once changed. */
  file: z.string().optional(),
})

export interface RecordPlace {
  /** Root of the store. */
  readonly store: string
  /** The digest of the running builder: another one may write other bytes. */
  readonly program: Digest
  readonly key: SecretKey | undefined
  /** Where the time of signing is a part of the archive. */
  readonly signedAt: number | undefined
  /** Hash every archive again, also where file system and record agree that nothing has touched it. */
  readonly rehash: boolean
}

/**
 * The archive that lies in `out`, when it is what building it again would give: a build of the same inputs was
 * recorded, and the file is the very one whose bytes were hashed then, or has the recorded size and hash now.
 */
export async function findBuilt(
  plan: ArchivePlan,
  out: string,
  place: RecordPlace,
): Promise<WrittenArchive | undefined> {
  const record = await readRecord(recordFile(plan, place))
  if (record === undefined) return undefined
  const file = path.join(out, archiveFileName(plan))
  const found = await stat(file, { bigint: true }).catch(absent)
  if (found?.isFile() !== true || found.size !== BigInt(record.size)) return undefined
  const { size, sha256, blake2b } = record
  const archive = { file, size, sha256, ...(blake2b === undefined ? {} : { blake2b }) }
  if (record.file === identityOf(found) && !place.rehash) return archive
  if ((await hashFile(file)).sha256 !== sha256) return undefined
  await writeRecord(plan, archive, { place, file: identityOf(found) })
  return archive
}

export async function recordBuilt(
  plan: ArchivePlan,
  archive: WrittenArchive,
  place: RecordPlace,
): Promise<void> {
  const found = await stat(archive.file, { bigint: true })
  const age = Date.now() - Number(found.ctimeNs / 1_000_000n)
  if (age < TICK) await sleep(TICK - age)
  await writeRecord(plan, archive, { place, file: identityOf(found) })
}

/** Milliseconds in which two writes may get the same time: Linux stamps files with its timer, at 100 Hz the slowest. */
const TICK = 11

/**
 * Changes whenever somebody writes to a file, replaces it or moves it: nobody but the kernel sets `ctime`. What it cannot
 * show is a disk that returns other bytes than were written.
 */
function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

async function writeRecord(
  plan: ArchivePlan,
  { size, sha256, blake2b }: WrittenArchive,
  { place, file }: { readonly place: RecordPlace; readonly file: string },
): Promise<void> {
  await writeOwn(recordFile(plan, place), `${JSON.stringify({ size, sha256, blake2b, file })}\n`)
}

/** Named by the plan to the last byte, the signing key and the program. */
function recordFile(plan: ArchivePlan, { store, program, key, signedAt }: RecordPlace): string {
  const entries = plan.entries.map(({ content, ...entry }) => ({
    ...entry,
    content: content.kind === 'bytes' ? digestOf(content.bytes) : content,
  }))
  const signer = key === undefined ? null : digestOf(key.raw)
  const inputs = digestOf(canonicalJson({ ...plan, entries, program, signer, signedAt: signedAt ?? null }))
  return path.join(store, 'builds', `${hexOf(inputs)}.json`)
}

/** Undefined for one that is absent, cut or foreign: the archive is built again and the record rewritten. */
async function readRecord(file: string): Promise<z.infer<typeof BuildRecord> | undefined> {
  return BuildRecord.safeParse(jsonOf(await readOwn(file))).data
}

function absent(error: unknown): undefined {
  if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
  throw error
}
