import type { Readable } from 'node:stream'
import { type EdgeliftError, type Text, tryParseJson } from '@edgelift/core'
import { fail } from '../codes.ts'
import { type Descriptor, imageConfigSchema } from '../manifest/manifest.ts'
import { blobPath } from './image-tar.ts'
import { type ContentsOptions, readContents, type TarContent } from './image-tar-contents.ts'
import { dockerManifestSchema, type ImageTarContent, imageOf, invalid, partOf } from './image-tar-read.ts'
import type { LayerContent } from './layer-content.ts'

/** What the layers of an image file unpack to. */
export interface UnpackedLayers {
  readonly image: ImageTarContent
  /** Layers that were unpacked; one that stands twice in the image is one. */
  readonly layers: number
  /** Bytes that they unpacked to. */
  readonly bytes: number
  /** Layers that containerd would refuse. */
  readonly problems: readonly EdgeliftError[]
}

/** Of this type alone containerd takes the bytes as they are, without a look at them (images.DiffCompression). */
const PLAIN = 'application/vnd.oci.image.layer.v1.tar'

/**
 * Checks an image file as `readImageTar`, and unpacks each layer: it must be a whole stream, with nothing behind it, and
 * have the digest that the image's config names (diff_id). containerd compares the same when it unpacks the image
 * (core/diff/apply, core/unpack), and refuses the image where they differ.
 * @param what how an error names the file
 * @param layerLimit bytes to which one layer may unpack; 16 GiB when left out
 * @throws IMAGE_TAR_INVALID, DIGEST_MISMATCH, SIZE_MISMATCH; MEDIA_TYPE_REFUSED for zstd where this Node cannot read it
 */
export async function unpackImageTar(
  stream: Readable,
  what: string,
  layerLimit?: number,
): Promise<UnpackedLayers> {
  const contents = await readContents(stream, what, {
    unpacks: layersAhead(),
    ...(layerLimit === undefined ? {} : { layerLimit }),
  })
  const image = imageOf(contents, what)
  const names = image.names.join(', ')
  const { rootfs } = partOf(contents, blobPath(image.config.digest), imageConfigSchema, what)
  const diffIds = rootfs?.diff_ids ?? []
  const found = image.layers.map((layer) => contentOf(contents, layer, what))
  const unpacked = new Map(image.layers.map((layer, number) => [layer.digest, found[number]]))
  const bytes = [...unpacked.values()].reduce(
    (sum, layer) => sum + (layer !== undefined && 'size' in layer ? layer.size : 0),
    0,
  )
  const problems =
    diffIds.length === image.layers.length
      ? image.layers.flatMap(({ digest }, number) => {
          const fault = faultOf(found[number], diffIds[number])
          return fault === undefined
            ? []
            : [refused(what, `${names}, layer ${number + 1} (${digest})`, fault)]
        })
      : [refused(what, names, otherCount(image.layers.length, diffIds.length))]
  return { image, layers: unpacked.size, bytes, problems }
}

/** Tells layers by their paths: the docker-archive side names them before any of them comes. */
function layersAhead(): NonNullable<ContentsOptions['unpacks']> {
  let paths: ReadonlySet<string> | undefined
  return (path, before) => {
    const { bytes } = before.get('manifest.json') ?? {}
    if (bytes === undefined) return false
    paths ??= new Set(
      dockerManifestSchema.safeParse(tryParseJson(Buffer.from(bytes).toString('utf8'))).data?.[0]?.Layers,
    )
    return paths.has(path)
  }
}

function contentOf(
  contents: ReadonlyMap<string, TarContent>,
  { digest, size, mediaType }: Descriptor,
  what: string,
): LayerContent {
  if (mediaType === PLAIN) return { digest, size }
  const { unpacked } = contents.get(blobPath(digest)) ?? {}
  if (unpacked !== undefined) return unpacked
  throw invalid(what, 'manifest.json', 'it does not come before the layers', '未位于各层之前')
}

function faultOf(found: LayerContent | undefined, diffId: string | undefined): Text | undefined {
  if (found === undefined || 'fault' in found) return found?.fault
  if (found.digest === diffId) return undefined
  return {
    en: `it unpacks to ${found.digest}, but the image's config names ${diffId} (diff_id)`,
    zh: `解包后为 ${found.digest}，而镜像配置中为 ${diffId}（diff_id）`,
  }
}

function otherCount(layers: number, diffIds: number): Text {
  return {
    en: `it has ${layers} layers, but its config names ${diffIds} (diff_ids)`,
    zh: `共有 ${layers} 层，而镜像配置中有 ${diffIds} 个 diff_id`,
  }
}

function refused(what: string, part: string, because: Text): EdgeliftError {
  return fail('LAYER_INVALID', {
    what: { en: `${what}: containerd would refuse ${part}`, zh: `${what}：containerd 会拒绝 ${part}` },
    because,
    fix: {
      en: 'have the publisher push the image again, or use another tag; then run lock and build again',
      zh: '请联系发布者重新推送该镜像，或改用其他标签，然后重新运行 lock 和 build',
    },
  })
}
