import path from 'node:path'
import type { BundleImage } from '@edgelift/bundle'
import { EdgeliftError, mustExec, type Report, same } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import type { Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { isMarked, mark, unmark } from '../state/markers.ts'
import type { FileContext } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'
import { type Ctr, imageNames, importImage, missingImages, pin, removeImages, unpin } from './images.ts'

export interface Imported extends FileContext {
  readonly report: Report
  readonly ctr: Ctr
  readonly images: readonly BundleImage[]
  /** Whether others use this containerd too: then it is remembered which images were brought here. */
  readonly keepsOthers: boolean
}

/** Where images lie unless containerd's configuration says otherwise. */
const IMAGE_STORE = '/var/lib/containerd'

/** Imports and pins images. In a containerd that others use too, the ones that were there before stay as they were. */
export function importedStep(context: Imported): Step {
  const { host, manifest, directory, report, ctr, images, keepsOthers } = context
  const references = images.map((image) => image.reference)
  return {
    id: 'images',
    title: { en: 'import and pin the images', zh: '导入并固定镜像' },
    check: async () => (await missingImages(host, ctr, references)).length === 0,
    async apply() {
      const missing = new Set(await missingImages(host, ctr, references))
      const there = await imageNames(host, ctr)
      let done = 0
      for (const { reference, file } of images.filter((image) => missing.has(image.reference))) {
        if (keepsOthers) await mark(host, `${there.has(reference) ? 'pinned' : 'image'}/${reference}`)
        if (there.has(reference)) await pin(host, ctr, reference)
        if ((await missingImages(host, ctr, [reference])).length > 0) {
          const size = manifest.files.find((one) => one.path === file)?.size ?? 0
          await writingTo(host, { file: IMAGE_STORE, size }, () =>
            importImage(host, ctr, { reference, file: path.join(directory, file) }),
          )
        }
        done += 1
        report({ type: 'note', level: 'info', text: same(`${reference} (${done}/${missing.size})`) })
      }
      const still = await missingImages(host, ctr, references)
      if (still.length > 0) throw incomplete(still)
    },
    async undo() {
      // Of all: an answer may have changed since one was brought.
      const marked = async (kind: string) => {
        const found: string[] = []
        for (const { reference } of manifest.images)
          if (await isMarked(host, `${kind}/${reference}`)) found.push(reference)
        return found
      }
      const [imported, pinned] = [await marked('image'), await marked('pinned')]
      if (imported.length + pinned.length > 0 && (await answers(host, ctr))) {
        await removeImages(host, ctr, imported)
        // One that a killed run had begun to import bears both marks: it was not there before.
        for (const reference of pinned) if (!imported.includes(reference)) await unpin(host, ctr, reference)
      }
      for (const reference of imported) await unmark(host, `image/${reference}`)
      for (const reference of pinned) await unmark(host, `pinned/${reference}`)
    },
  }
}

function incomplete(references: readonly string[]): Error {
  const list = references.join(', ')
  return fail('STEP_FAILED', {
    what: { en: `imported, and yet not complete: ${list}`, zh: `已导入但内容不完整：${list}` },
    because: {
      en: "containerd took the files without an error and does not have the images' content",
      zh: 'containerd 导入时未报错，但缺少镜像内容',
    },
    fix: { en: './edgelift audit, then run it again', zh: '执行 ./edgelift audit，然后重新运行' },
  })
}

/** False where the containerd has been uninstalled, and its images with it. @throws when it only does not run */
async function answers(host: Host, [command, ...args]: Ctr): Promise<boolean> {
  try {
    await mustExec(host.exec, command, [...args, 'version'], { timeout: 20_000 })
    return true
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_MISSING') return false
    throw error
  }
}
