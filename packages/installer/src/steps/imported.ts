import path from 'node:path'
import type { BundleImage } from '@edgelift/bundle'
import { type Report, same } from '@edgelift/core'
import { writingTo } from './disk.ts'
import type { FileContext } from './files.ts'
import { type Ctr, imageNames, importImage, missingImages, pin, removeImages, unpin } from './images.ts'
import { isMarked, mark, unmark } from './marks.ts'
import type { Step } from './step.ts'

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
      if (still.length > 0) throw new Error(`imported, and yet not complete: ${still.join(', ')}`)
    },
    async undo() {
      const marked = async (kind: string) => {
        const found: string[] = []
        for (const reference of references)
          if (await isMarked(host, `${kind}/${reference}`)) found.push(reference)
        return found
      }
      const [imported, pinned] = [await marked('image'), await marked('pinned')]
      await removeImages(host, ctr, imported)
      // One that a killed run had begun to import bears both marks: it was not there before.
      for (const reference of pinned) if (!imported.includes(reference)) await unpin(host, ctr, reference)
      for (const reference of imported) await unmark(host, `image/${reference}`)
      for (const reference of pinned) await unmark(host, `pinned/${reference}`)
    },
  }
}
