import { archOf } from '@edgelift/bundle'
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
