import path from 'node:path'
import { same } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { fail } from '../problem/codes.ts'
import { defineStep } from '../steps/step.ts'
import { type Ctr, imageNames, importImage, missingImages, pin } from './ctr.ts'
import { imageDrift } from './image-drift.ts'

export interface ImagesInputs {
  readonly ctr: Ctr
  readonly socket: string
  /** Others use this containerd too: then it is recorded which images were brought here. */
  readonly shared: boolean
  readonly images: readonly { readonly reference: string; readonly file: string }[]
}

/** Where images lie unless containerd's configuration says otherwise. */
const IMAGE_STORE = '/var/lib/containerd'

/** Imports and pins images, so that no pod ever pulls. */
export const images = defineStep<ImagesInputs>({
  id: 'images',
  title: { en: 'import and pin the images', zh: '导入并固定镜像' },
  check: async ({ host }, inputs) =>
    (await missingImages(host, inputs.ctr, referencesOf(inputs))).length === 0,
  drift: ({ host }, inputs) => imageDrift(host, inputs.ctr, referencesOf(inputs)),
  async apply({ host, directory, manifest, changes, report }, inputs) {
    const { ctr, socket, shared } = inputs
    const references = referencesOf(inputs)
    const missing = new Set(await missingImages(host, ctr, references))
    const there = await imageNames(host, ctr)
    let done = 0
    for (const { reference, file } of inputs.images.filter((image) => missing.has(image.reference))) {
      const was = there.has(reference) ? 'unpinned' : 'absent'
      if (shared) await changes.record({ kind: 'image', reference, was, socket })
      if (was === 'unpinned') await pin(host, ctr, reference)
      if (was === 'absent' || (await missingImages(host, ctr, [reference])).length > 0) {
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
})

function referencesOf({ images: all }: ImagesInputs): string[] {
  return all.map(({ reference }) => reference)
}

function incomplete(references: readonly string[]): Error {
  const list = references.join(', ')
  return fail('STEP_FAILED', {
    what: { en: `images are incomplete after their import: ${list}`, zh: `镜像导入后内容不完整：${list}` },
    because: {
      en: "containerd accepted the files but does not have the images' content",
      zh: 'containerd 导入时未报错，但缺少镜像内容',
    },
    fix: { en: 'run ./edgelift audit, then run install.sh again', zh: '执行 ./edgelift audit，然后重新运行' },
  })
}
