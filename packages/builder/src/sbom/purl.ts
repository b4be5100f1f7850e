import { archOf } from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import { parseReference } from '@edgelift/oci'
import type { LockedImage } from '../lock/schema.ts'

/** The package URL of an image (purl specification, type `oci`): name, digest, and where it is pulled from. */
export function imagePurl(image: LockedImage): string {
  const { registry, repository, tag } = parseReference(image.reference)
  const name = repository.slice(repository.lastIndexOf('/') + 1)
  const qualifiers = [
    `arch=${archOf(image.platform)}`,
    `repository_url=${encodeURIComponent(`${registry}/${repository}`)}`,
    ...(tag === undefined ? [] : [`tag=${encodeURIComponent(tag)}`]),
  ]
  return `pkg:oci/${name}@${encodeURIComponent(image.manifest.digest)}?${qualifiers.join('&')}`
}

/** Of a file that the release gives no identity for (purl specification, type `generic`). */
export function filePurl(path: string, digest: Digest, url: string | undefined): string {
  const name = encodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  const qualifiers = [
    `checksum=${digest}`,
    ...(url === undefined ? [] : [`download_url=${encodeURIComponent(url)}`]),
  ]
  return `pkg:generic/${name}?${qualifiers.join('&')}`
}
