import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { type Text, writeFileAtomic } from '@edgelift/core'
import { copyWhole, isThere, namesIn, removeEmpty, sweepBeside } from '../node/backup.ts'
import { type Host, onHost } from '../node/host.ts'
import { KUBECTL_CACHE, STATE_FOLDER } from './journal.ts'
import { type Before, RECEIPT, type Receipt, readReceipt, type Tree } from './receipt.ts'

const BACKUP = `${STATE_FOLDER}/backup`

/**
 * The one way in which the host's files and folders are taken and given back. What is taken is in the receipt, on the
 * disk, before it is touched; so a cleanup knows of it whatever happens then.
 */
export interface Ledger {
  readonly receipt: () => Receipt
  /** To be called before a file is written: keeps what is there, once, and makes the file's folder. */
  readonly claim: (file: string) => Promise<void>
  /** To be called before programs start that fill a folder. */
  readonly own: (tree: string) => Promise<void>
  /** Notes a folder that started programs make beside others: it goes when it is empty, unless it was there before. */
  readonly folder: (folder: string) => Promise<void>
  /** Puts back what was there before, or removes the file. Nothing happens to a file that was never claimed. */
  readonly release: (file: string) => Promise<void>
  /** Removes from an owned folder what was not there before, but for the names in `keep`. */
  readonly clear: (tree: string, keep?: readonly string[]) => Promise<void>
  readonly complete: () => Promise<void>
  /** Takes back whatever is still taken, and the receipt at last. */
  readonly close: () => Promise<void>
}

/** What a ledger gives back, as it does so. */
export type Told = (words: Text) => void

/** What a first installation writes into its receipt. */
export type FreshReceipt = Omit<Receipt, 'format' | 'claims' | 'folders' | 'trees' | 'before' | 'completed'>

export interface LedgerOptions {
  /** Asked for when there is no receipt yet. */
  readonly before: () => Promise<Before>
  /** What stands for the receipt where it has been lost. */
  readonly lost?: Receipt | undefined
  readonly told?: Told
}

/** Opens the receipt of this machine, or begins one. */
export async function openLedger(host: Host, fresh: FreshReceipt, options: LedgerOptions): Promise<Ledger> {
  const { told = () => {} } = options
  const old = await readReceipt(host)
  let receipt: Receipt = old ??
    options.lost ?? {
      format: 'edgelift/receipt/v1',
      ...fresh,
      claims: [],
      folders: [],
      trees: [],
      before: await options.before(),
    }

  async function keep(changes: Partial<Receipt>): Promise<void> {
    const changed = { ...receipt, ...changes }
    await mkdir(onHost(host, STATE_FOLDER), { recursive: true, mode: 0o755 })
    await writeFileAtomic(onHost(host, RECEIPT), `${JSON.stringify(changed, null, 2)}\n`, 0o600)
    receipt = changed
  }

  await sweepBeside(onHost(host, RECEIPT))
  const isNew = old === undefined || JSON.stringify({ ...old, ...fresh }) !== JSON.stringify(old)
  if (isNew) await keep(fresh)

  const known = (folder: string) => receipt.folders.includes(folder)
  /** Folders on the way to `folder`, itself included, that are not there and not noted yet; a parent first. */
  const missingTo = async (folder: string): Promise<string[]> => {
    const missing: string[] = []
    for (let at = folder; at !== '/' && !(await isThere(onHost(host, at))); at = path.dirname(at)) {
      if (!known(at)) missing.unshift(at)
    }
    return missing
  }

  const release = async (claim: Receipt['claims'][number]): Promise<void> => {
    const target = onHost(host, claim.path)
    const backup = claim.backup === undefined ? undefined : onHost(host, claim.backup)
    if (backup === undefined) {
      if (await isThere(target)) told(removed(claim.path))
      await rm(target, { force: true })
    } else if (await isThere(backup)) {
      await mkdir(path.dirname(target), { recursive: true })
      await copyWhole(backup, target)
      told({ en: `restored ${claim.path}`, zh: `已恢复 ${claim.path}` })
    } else told(lost(claim.path, claim.backup ?? ''))
    await sweepBeside(target)
    await keep({ claims: receipt.claims.filter((one) => one !== claim) })
    if (backup !== undefined) await rm(backup, { force: true })
  }

  /** True when nothing of it stays that was not there before. */
  const clear = async ({ path: folder, before }: Tree, spared: readonly string[]): Promise<boolean> => {
    const names = await namesIn(onHost(host, folder))
    const stays = (name: string) => before?.includes(name) === true || spared.includes(name)
    const goes = (names ?? []).filter((name) => !stays(name))
    for (const name of goes) await rm(onHost(host, path.join(folder, name)), { recursive: true, force: true })
    const left = (names ?? []).filter((name) => spared.includes(name) && before?.includes(name) !== true)
    if (before === undefined && names !== undefined && left.length === 0) {
      await rm(onHost(host, folder), { recursive: true, force: true })
      told(removed(folder))
    } else for (const name of goes) told(removed(path.join(folder, name)))
    return left.length === 0
  }

  const ledger: Ledger = {
    receipt: () => receipt,
    async claim(file) {
      await sweepBeside(onHost(host, file))
      if (!receipt.claims.some((claim) => claim.path === file)) {
        const backup = await backUp(host, file, receipt.claims)
        const folders = await missingTo(path.dirname(file))
        await keep({
          claims: [...receipt.claims, { path: file, ...(backup ? { backup } : {}) }],
          folders: [...receipt.folders, ...folders],
        })
      }
      await mkdir(path.dirname(onHost(host, file)), { recursive: true })
    },
    async own(tree) {
      if (receipt.trees.some((one) => one.path === tree)) return
      const before = await namesIn(onHost(host, tree))
      const folders = await missingTo(path.dirname(tree))
      await keep({
        trees: [...receipt.trees, { path: tree, ...(before ? { before } : {}) }],
        folders: [...receipt.folders, ...folders],
      })
    },
    async folder(folder) {
      const folders = await missingTo(folder)
      if (folders.length > 0) await keep({ folders: [...receipt.folders, ...folders] })
    },
    async release(file) {
      const claim = receipt.claims.find((one) => one.path === file)
      if (claim !== undefined) await release(claim)
    },
    async clear(folder, spared = []) {
      const tree = receipt.trees.find((one) => one.path === folder)
      if (tree === undefined) return
      await clear(tree, spared)
      await keep({ trees: receipt.trees.filter((one) => one !== tree) })
    },
    async complete() {
      if (receipt.completed === undefined) await keep({ completed: new Date(host.now()).toISOString() })
    },
    async close() {
      for (const tree of receipt.trees.toReversed()) await ledger.clear(tree.path)
      for (const claim of receipt.claims.toReversed()) await release(claim)
      for (const folder of receipt.folders.toReversed()) {
        if (await removeEmpty(onHost(host, folder))) told(removed(folder))
      }
      for (const folder of [KUBECTL_CACHE, BACKUP])
        await rm(onHost(host, folder), { recursive: true, force: true })
      await rm(onHost(host, RECEIPT), { force: true })
    },
  }
  return ledger
}

/** Takes nothing and gives nothing back: for plans that are only shown. */
export const dryLedger: Ledger = {
  receipt: () => {
    throw new Error('nothing has been taken')
  },
  claim: () => Promise.resolve(),
  own: () => Promise.resolve(),
  folder: () => Promise.resolve(),
  release: () => Promise.resolve(),
  clear: () => Promise.resolve(),
  complete: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

function removed(place: string): Text {
  return { en: `removed ${place}`, zh: `已删除 ${place}` }
}

function lost(file: string, backup: string): Text {
  return {
    en: `${file} stays as it is: its backup ${backup} is gone`,
    zh: `${file} 保持不变：其备份 ${backup} 已丢失`,
  }
}

async function backUp(host: Host, file: string, claims: Receipt['claims']): Promise<string | undefined> {
  if (!(await isThere(onHost(host, file)))) return undefined
  const taken = new Set(claims.map((claim) => claim.backup))
  const name = path.basename(file)
  let number = claims.length
  const at = () => `${BACKUP}/${String(number).padStart(3, '0')}-${name}`
  while (taken.has(at())) number += 1
  await mkdir(onHost(host, BACKUP), { recursive: true, mode: 0o700 })
  await copyWhole(onHost(host, file), onHost(host, at()))
  return at()
}
