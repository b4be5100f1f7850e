import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { imagesDirectoryName } from '../containerd/ctr.ts'
import type { ChangeOf } from '../state/change.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'
import type { PackedFile } from '../steps/packed-file.ts'
import { K3S_IMAGES } from './files.ts'

/** Only image tarballs go there: K3s takes a `.txt` for a list of images to pull. */
export function imageFiles({ files, images }: Pick<BundleManifest, 'files' | 'images'>): PackedFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return images.flatMap((image) => {
    const file = byPath.get(image.file)
    return file === undefined ? [] : [{ from: file.path, to: placeOf(file), mode: 0o644 }]
  })
}

/** Where an image's tarball lies in K3s' folder, and its bytes; undefined where the archive does not carry it. */
export function imageFile(
  { files, images }: Pick<BundleManifest, 'files' | 'images'>,
  reference: string,
): { readonly to: string; readonly size: number } | undefined {
  const image = images.find((one) => one.reference === reference)
  const file = files.find(({ path: place }) => place === image?.file)
  return file && { to: placeOf(file), size: file.size }
}

function placeOf(file: Parameters<typeof imagesDirectoryName>[0]): string {
  return `${K3S_IMAGES}/${imagesDirectoryName(file)}`
}

/** Tarballs that were laid into K3s' folder and that this archive has not. */
export function goneImageFiles(
  receipt: Pick<Receipt, 'steps'>,
  manifest: Pick<BundleManifest, 'files' | 'images'>,
): ChangeOf<'file'>[] {
  const wanted = new Set(imageFiles(manifest).map(({ to }) => to))
  return changesOf(receipt, 'file').filter(
    (change) => path.dirname(change.path) === K3S_IMAGES && !wanted.has(change.path),
  )
}
