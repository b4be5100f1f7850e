import { rm } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder, type Text, writeFileAtomic } from '@edgelift/core'
import { copyWhole, isThere, sweepBeside } from '../node/copies.ts'
import { type Host, onHost, readHostFile } from '../node/host.ts'
import { makeLasting } from '../node/lasting.ts'
import { heldIn } from '../node/trees.ts'
import { type Change, isSameChange } from './change.ts'
import { removeCopies } from './copies.ts'
import { CLIENTS_FOLDER, STATE_FOLDER } from './journal.ts'
import { clearMarker, LASTING_MARKERS, markers } from './markers.ts'
import {
  type Baseline,
  changesOf,
  type Former,
  hasChange,
  RECEIPT,
  type Receipt,
  type ReceiptHead,
  recordedChange,
  wasComplete,
} from './receipt.ts'
import { REPLACED, WRITTEN } from './written.ts'

const BACKUP = `${STATE_FOLDER}/backup`

/** What one step does to the host and its cluster. Each call is on the disk before its promise resolves. */
export interface StepChanges {
  /** To be called before a change is made; one that is recorded already is left as it is. */
  readonly record: (change: Change) => Promise<void>
  /** To be called before a file is written: keeps what is there, once, and creates the file's folder. */
  readonly backup: (file: string) => Promise<void>
  /** To be called before programs start that fill a folder. @param keep names in it that a removal leaves */
  readonly trackTree: (folder: string, keep?: readonly string[]) => Promise<void>
  /** Notes a folder that programs create beside others: removed when it is empty, unless it was there before. */
  readonly trackFolder: (folder: string) => Promise<void>
  /** Whether such a change is recorded, by whichever step. */
  readonly has: (change: Change) => boolean
  /** The recorded change that stands for the same thing, by whichever step. */
  readonly recorded: (change: Change) => Change | undefined
  /** Records a change in place of the one that stands for the same thing. */
  readonly revise: (change: Change) => Promise<void>
  /** Whether a release was wholly installed here: what is missing of it was there, and somebody deleted it. */
  readonly wasComplete: boolean
  /** The release that is being replaced. */
  readonly former: Former | undefined
  /** Strikes out a change that has been taken back. */
  readonly forget: (change: Change) => Promise<void>
}

/** The receipt of this machine while it changes. */
export interface HostChanges {
  readonly receipt: () => Receipt
  readonly of: (step: { readonly id: string; readonly title: Text }) => StepChanges
  /** Strikes out a step that has been taken back, when the disks have it. */
  readonly forgetStep: (stepId: string) => Promise<void>
  /** Notes that the release is wholly installed, when the disks have it. */
  readonly complete: () => Promise<void>
  /** Records a change in place of the one that stands for the same thing. */
  readonly revise: (change: Change) => Promise<void>
  /** The release that was installed before is installed again. */
  readonly replace: (receipt: Receipt) => Promise<void>
  /** What is left here of earlier releases. */
  readonly settle: (left: Pick<Receipt, 'images' | 'former'>) => Promise<void>
  /** Removes the receipt and the backups: everything has been taken back. */
  readonly close: () => Promise<void>
}

/** Goes on with a receipt. */
export async function openHostChanges(host: Host, opened: Receipt): Promise<HostChanges> {
  let receipt = opened

  async function keep(changed: Receipt): Promise<void> {
    await makeFolder(onHost(host, STATE_FOLDER))
    await writeFileAtomic(onHost(host, RECEIPT), textOf(changed), 0o600)
    receipt = changed
  }
  const has = (change: Change) => hasChange(receipt, change)
  async function revise(change: Change): Promise<void> {
    const steps = receipt.steps.map((one) => ({
      ...one,
      changes: one.changes.map((each) => (isSameChange(each, change) ? change : each)),
    }))
    const revised = { ...receipt, steps }
    if (textOf(revised) !== textOf(receipt)) await keep(revised)
  }

  await sweepBeside(onHost(host, RECEIPT))
  if ((await readHostFile(host, RECEIPT)) !== textOf(receipt)) await keep(receipt)
  // What markers told in the first format, the receipt tells by now.
  for (const name of await markers(host))
    if (!LASTING_MARKERS.some((begin) => name.startsWith(begin))) await clearMarker(host, name)

  return {
    receipt: () => receipt,
    of({ id: stepId, title }) {
      async function add(...added: readonly Change[]): Promise<void> {
        const fresh = added.filter((change) => !has(change))
        if (fresh.length === 0) return
        const old = receipt.steps.find((one) => one.stepId === stepId)
        const record = { stepId, title, changes: [...(old?.changes ?? []), ...fresh] }
        const steps = old
          ? receipt.steps.map((one) => (one === old ? record : one))
          : [...receipt.steps, record]
        await keep({ ...receipt, steps })
      }
      return {
        record: add,
        async backup(file) {
          await sweepBeside(onHost(host, file))
          if (!has({ kind: 'file', path: file })) {
            const backup = await backUp(host, file, receipt)
            const folders = await missingFolders(host, path.dirname(file))
            await add(...folders, { kind: 'file', path: file, ...(backup ? { backup } : {}) })
          }
          await makeFolder(path.dirname(onHost(host, file)))
        },
        async trackTree(folder, spared) {
          if (has({ kind: 'tree', path: folder })) return
          const held = await heldIn(host, folder)
          const folders = await missingFolders(host, path.dirname(folder))
          await add(...folders, {
            kind: 'tree',
            path: folder,
            ...(held ? { held: held.map((one) => ({ ...one, names: [...one.names] })) } : {}),
            ...(spared ? { keep: [...spared] } : {}),
          })
        },
        async trackFolder(folder) {
          await add(...(await missingFolders(host, folder)))
        },
        has,
        recorded: (change) => recordedChange(receipt, change),
        revise,
        wasComplete: wasComplete(opened),
        former: opened.former,
        async forget(change) {
          if (!has(change)) return
          const steps = receipt.steps.map((one) => ({
            ...one,
            changes: one.changes.filter((each) => !isSameChange(each, change)),
          }))
          await keep({ ...receipt, steps: steps.filter(({ changes }) => changes.length > 0) })
        },
      }
    },
    async forgetStep(stepId) {
      // The receipt may be on another disk: what it no longer tells must not come back by a power loss.
      await makeLasting(host)
      await keep({ ...receipt, steps: receipt.steps.filter((one) => one.stepId !== stepId) })
    },
    async complete() {
      await makeLasting(host)
      if (receipt.completed === undefined)
        await keep({ ...receipt, completed: new Date(host.now()).toISOString() })
    },
    replace: keep,
    revise,
    async settle({ images, former }) {
      const { images: _images, former: _former, ...rest } = receipt
      const settled = { ...rest, ...(images ? { images } : {}), ...(former ? { former } : {}) }
      if (textOf(settled) !== textOf(receipt)) await keep(settled)
    },
    async close() {
      for (const folder of [CLIENTS_FOLDER, BACKUP, REPLACED, WRITTEN])
        await rm(onHost(host, folder), { recursive: true, force: true })
      await removeCopies(host)
      await rm(onHost(host, RECEIPT), { force: true })
    },
  }
}

function textOf(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`
}

/** The receipt of an installation: the one that is there, with what this run says of itself, or a new one. */
export function receiptFor(
  head: ReceiptHead,
  known: Pick<Receipt, 'baseline' | 'steps' | 'completed'> | undefined,
  baseline: Baseline,
): Receipt {
  const { steps = [], completed } = known ?? {}
  return {
    format: 'edgelift/receipt/v2',
    ...head,
    baseline,
    steps,
    ...(completed === undefined ? {} : { completed }),
  }
}

/** Folders on the way to `folder`, itself included, that are not there; a parent first. */
async function missingFolders(host: Host, folder: string): Promise<Change[]> {
  const missing: Change[] = []
  for (let at = folder; at !== '/' && !(await isThere(onHost(host, at))); at = path.dirname(at)) {
    missing.unshift({ kind: 'folder', path: at })
  }
  return missing
}

async function backUp(host: Host, file: string, receipt: Receipt): Promise<string | undefined> {
  if (!(await isThere(onHost(host, file)))) return undefined
  const files = changesOf(receipt, 'file')
  const taken = new Set(files.map((change) => change.backup))
  const name = path.basename(file)
  let number = files.length
  const at = () => `${BACKUP}/${String(number).padStart(3, '0')}-${name}`
  while (taken.has(at())) number += 1
  await makeFolder(onHost(host, BACKUP), 0o700)
  await copyWhole(onHost(host, file), onHost(host, at()))
  return at()
}
