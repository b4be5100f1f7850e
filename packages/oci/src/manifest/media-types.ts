/** Manifests of one image: image-spec 1.1 (manifest.md) and Docker's schema 2 (image manifest v2-2). */
export const IMAGE_MANIFEST_TYPES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** Lists of manifests: image-spec 1.1 (image-index.md) and Docker's manifest list. */
export const INDEX_TYPES: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/** What a registry is asked for when a manifest is fetched. */
export const MANIFEST_ACCEPT = [...INDEX_TYPES, ...IMAGE_MANIFEST_TYPES].join(', ')

export const CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]

/** Layers that can be put into an archive: a tar, plain or compressed, whose bytes the registry itself has. */
export const LAYER_TYPES: readonly string[] = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
]

export const isIndexType = (mediaType: string): boolean => INDEX_TYPES.includes(mediaType)
export const isImageManifestType = (mediaType: string): boolean => IMAGE_MANIFEST_TYPES.includes(mediaType)
export const isLayerType = (mediaType: string): boolean => LAYER_TYPES.includes(mediaType)
export const isConfigType = (mediaType: string): boolean => CONFIG_TYPES.includes(mediaType)

/** Docker's first manifest format, whose layers have no sizes and whose digest is over a part of it. */
export const isSchema1Type = (mediaType: string): boolean =>
  /^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/.test(mediaType)

/** The media type of a `Content-Type` header, without parameters, in lower case. */
export function bareMediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
