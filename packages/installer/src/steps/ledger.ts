import { copyFile, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, temporaryBeside, writeFileAtomic } from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { type Host, onHost, readHostFile } from '../host.ts'
import { STATE_FOLDER } from './journal.ts'

const RECEIPT = `${STATE_FOLDER}/receipt.json`
const BACKUP = `${STATE_FOLDER}/backup`

const Claim = z.strictObject({
  path: z.string(),
  /** Where the host's own file is kept that was there before; absent where there was none. */
  backup: z.string().optional(),
})

/** What was installed, and what of the host was touched for it: what a cleanup has to take back. */
export const Receipt = z.strictObject({
  format: z.literal('edgelift/receipt/v1'),
  bundle: z.string(),
  role: z.enum(['cloud', 'edge']),
  lock: z.string(),
  edgelift: z.string(),
  /** The unpacked archive. */
  directory: z.string(),
  /** Without secrets: files that hold one are named, not read. */
  answers: z.record(z.string(), z.unknown()),
  claims: z.array(Claim),
  /** When every step was through for the first time; absent while the installation is not complete. */
  completed: z.string().optional(),
})
export type Receipt = z.infer<typeof Receipt>

/** @throws JOURNAL_INVALID when there is a receipt that cannot be read */
export async function readReceipt(host: Host): Promise<Receipt | undefined> {
  const text = await readHostFile(host, RECEIPT)
  if (text === undefined) return undefined
  try {
    return Receipt.parse(JSON.parse(text))
  } catch (error) {
    throw fail(
      'JOURNAL_INVALID',
      {
        what: { en: `${RECEIPT} cannot be read`, zh: `无法读取 ${RECEIPT}` },
        because: {
          en: 'it was edited, or is of a newer edgelift',
          zh: '文件被修改，或由更新版本的 edgelift 写入',
        },
        cure: { en: 'use the edgelift that installed this node', zh: '请使用安装本节点的 edgelift' },
      },
      { cause: error },
    )
  }
}

/** The one way in which files of the host are taken and given back. */
export interface Ledger {
  readonly receipt: () => Receipt
  /** To be called before a file is written: keeps what is there, once. */
  readonly claim: (file: string) => Promise<void>
  /** Puts back what was there before, or removes the file. Nothing happens to a file that was never claimed. */
  readonly release: (file: string) => Promise<void>
  readonly complete: () => Promise<void>
}

export async function openLedger(host: Host, fresh: Omit<Receipt, 'format' | 'claims'>): Promise<Ledger> {
  const old = await readReceipt(host)
  let receipt: Receipt = { format: 'edgelift/receipt/v1', ...fresh, claims: old?.claims ?? [] }
  if (old?.completed !== undefined) receipt = { ...receipt, completed: old.completed }

  async function keep(changed: Receipt): Promise<void> {
    await mkdir(onHost(host, STATE_FOLDER), { recursive: true })
    await writeFileAtomic(onHost(host, RECEIPT), `${JSON.stringify(changed, null, 2)}\n`, 0o600)
    receipt = changed
  }

  await keep(receipt)
  return {
    receipt: () => receipt,
    async claim(file) {
      if (receipt.claims.some((claim) => claim.path === file)) return
      const backup = await backUp(host, file, receipt.claims.length)
      await keep({ ...receipt, claims: [...receipt.claims, { path: file, ...(backup ? { backup } : {}) }] })
    },
    async release(file) {
      const claim = receipt.claims.find((one) => one.path === file)
      if (claim === undefined) return
      if (claim.backup === undefined) await rm(onHost(host, file), { force: true })
      else await copyWhole(onHost(host, claim.backup), onHost(host, file))
      await keep({ ...receipt, claims: receipt.claims.filter((one) => one !== claim) })
      if (claim.backup !== undefined) await rm(onHost(host, claim.backup), { force: true })
    },
    async complete() {
      if (receipt.completed === undefined)
        await keep({ ...receipt, completed: new Date(host.now()).toISOString() })
    },
  }
}

async function backUp(host: Host, file: string, number: number): Promise<string | undefined> {
  try {
    await lstat(onHost(host, file))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
  const backup = `${BACKUP}/${String(number).padStart(3, '0')}-${path.basename(file)}`
  await mkdir(onHost(host, BACKUP), { recursive: true, mode: 0o700 })
  await copyWhole(onHost(host, file), onHost(host, backup))
  return backup
}

/** Copies content and mode so that the copy is there whole or not at all. */
async function copyWhole(from: string, to: string): Promise<void> {
  const temporary = temporaryBeside(to)
  try {
    await copyFile(from, temporary)
    const handle = await open(temporary, 'r+')
    try {
      await handle.chmod((await lstat(from)).mode & 0o7777)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, to)
  } finally {
    await rm(temporary, { force: true })
  }
}
