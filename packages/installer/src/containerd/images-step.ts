import path from 'node:path'
import { same, type Text } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { doAtOnce } from '../node/do-all.ts'
import { fail } from '../problem/codes.ts'
import type { ChangeOf } from '../state/change.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import type { Ctr } from './ctr.ts'
import { importImage, pin } from './image-changes.ts'
import { imageDrift } from './image-drift.ts'
import {
  type ImageFault,
  missingImages,
  mustFindFaults,
  mustListImages,
  type WantedImage,
} from './image-list.ts'
import { keepBefore, keepFormer } from './kept-images.ts'

export interface ImagesInputs {
  readonly ctr: Ctr
  readonly socket: string
  /** Others use this containerd too: then it is recorded which images were brought here. */
  readonly shared: boolean
  readonly images: readonly (WantedImage & { readonly file: string })[]
}

type ImagesRun = Pick<Run, 'host' | 'changes' | 'report'>

/** Where images lie unless containerd's configuration says otherwise. */
const IMAGE_STORE = '/var/lib/containerd'

/** Imports and pins images, so that no pod ever pulls. */
export const images = defineStep<ImagesInputs>({
  id: 'images',
  title: { en: 'import and pin the images', zh: '导入并固定镜像' },
  check: async ({ host }, inputs) => (await missingImages(host, inputs.ctr, inputs.images)).length === 0,
  drift: ({ host }, inputs) => imageDrift(host, inputs.ctr, inputs.images),
  async apply(run, inputs) {
    const { host, directory, manifest, report, signal } = run
    const { ctr } = inputs
    const faults = await mustFindFaults(host, ctr, inputs.images)
    for (const [reference, fault] of faults) await recordImage(run, inputs, reference, fault)
    let done = 0
    const mend = async (image: ImagesInputs['images'][number]): Promise<void> => {
      const { reference, file } = image
      const isIncomplete = faults.get(reference) === 'incomplete'
      if (isIncomplete) await pin(host, ctr, reference)
      if (!isIncomplete || (await missingImages(host, ctr, [image])).length > 0) {
        const size = manifest.files.find((one) => one.path === file)?.size ?? 0
        await writingTo(host, { file: IMAGE_STORE, size }, () =>
          importImage(host, ctr, { reference, file: path.join(directory, file), bundled: !inputs.shared }),
        )
      }
      done += 1
      report({ type: 'note', level: 'info', text: same(`${reference} (${done}/${faults.size})`) })
    }
    // Imports at once may bring the same layer: containerd has the later one wait for the earlier one (content.OpenWriter).
    await doAtOnce(
      inputs.images.filter(({ reference }) => faults.has(reference)).map((image) => () => mend(image)),
      signal,
    )
    const still = [...(await mustFindFaults(host, ctr, inputs.images)).keys()]
    if (still.length > 0) throw incomplete(still)
  },
})

/** Notes what is done to an image in a containerd that others use too, and keeps what loses its name. */
async function recordImage(run: ImagesRun, inputs: ImagesInputs, reference: string, fault: ImageFault) {
  const absent = { kind: 'image', reference, was: 'absent', socket: inputs.socket } as const
  if (fault === 'other') await setAside(run, inputs, absent)
  else if (inputs.shared)
    await run.changes.record(fault === 'absent' ? absent : { ...absent, was: 'unpinned' })
}

/** Other content under a name stays for whoever wants it back: an uninstall what was here before, a rollback its own. */
async function setAside(
  { host, changes, report }: ImagesRun,
  { ctr, shared }: ImagesInputs,
  image: ChangeOf<'image'>,
): Promise<void> {
  const { reference } = image
  if (changes.former?.images.includes(reference)) await keepFormer(host, ctr, changes.former, reference)
  const known = changes.recorded(image)
  const isOurs = !shared || (known?.kind === 'image' && known.was !== 'unpinned')
  if (isOurs) return
  const pinned = known === undefined && (await mustListImages(host, ctr)).get(reference)?.pinned === true
  await keepBefore(host, ctr, reference)
  const change = { ...image, was: 'other', ...(pinned ? { pinned } : {}) } as const
  await (known === undefined ? changes.record(change) : changes.revise(change))
  report({ type: 'note', level: 'warning', text: replaced(reference) })
}

function replaced(reference: string): Text {
  return {
    en: `${reference} was another image on this machine: it is replaced, and ./cleanup.sh puts it back`,
    zh: `本机的 ${reference} 原为另一镜像：现予替换，执行 ./cleanup.sh 时恢复`,
  }
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
