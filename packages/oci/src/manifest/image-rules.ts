import { fail } from '../codes.ts'
import { formatPlatform, type Platform } from '../name/platform.ts'
import type { Descriptor } from './manifest.ts'
import { CONFIG_TYPES, isConfigType, isLayerType, LAYER_TYPES } from './media-types.ts'

/** @throws MEDIA_TYPE_REFUSED for a chart, an SBOM or whatever else is stored like an image and is none */
export function checkConfigType(mediaType: string, what: string): void {
  if (isConfigType(mediaType)) return
  throw fail('MEDIA_TYPE_REFUSED', {
    what: { en: `${what}: not a container image`, zh: `${what}：不是容器镜像` },
    because: {
      en: `its config is ${mediaType}; accepted are ${CONFIG_TYPES.join(', ')}`,
      zh: `其配置类型为 ${mediaType}；可接受：${CONFIG_TYPES.join('、')}`,
    },
    fix: { en: 'check the name and the tag', zh: '请检查名称和标签' },
  })
}

/**
 * Holds layers to what an archive can carry. `urls` of a layer say where else it may be had (image-spec 1.1, descriptor.md): its
 * registry has it, unless its media type says otherwise.
 * @throws MEDIA_TYPE_REFUSED when a layer's bytes are elsewhere, or are no tar; it lists all layers
 */
export function checkLayers(layers: readonly Descriptor[], what: string): void {
  const refused = layers.find((layer) => !isLayerType(layer.mediaType))
  if (refused === undefined) return
  const list = layers.map((layer) => layer.mediaType).join(', ')
  const foreign = /foreign|nondistributable/.test(refused.mediaType)
  throw fail('MEDIA_TYPE_REFUSED', {
    what: foreign
      ? {
          en: `${what}: layer ${refused.digest} is not in the registry`,
          zh: `${what}：层 ${refused.digest} 不在镜像仓库中`,
        }
      : {
          en: `${what}: layer ${refused.digest} is of a kind that is not accepted`,
          zh: `${what}：层 ${refused.digest} 的类型不被接受`,
        },
    because: {
      en: `it is ${refused.mediaType}; the layers are ${list}; accepted are ${LAYER_TYPES.join(', ')}`,
      zh: `类型为 ${refused.mediaType}；各层为 ${list}；可接受：${LAYER_TYPES.join('、')}`,
    },
    fix: foreign
      ? {
          en: 'take an image whose layers are all its own: foreign layers cannot be carried along',
          zh: '请改用所有层都在仓库中的镜像：外部层无法打包',
        }
      : { en: 'build the image with gzip or zstd layers', zh: '请用 gzip 或 zstd 层重新构建镜像' },
  })
}

/** PLATFORM_ABSENT, with what there is. */
export function absent(what: string, wanted: Platform, offered: readonly string[]): Error {
  const list = [...new Set(offered)].sort().join(', ')
  return fail('PLATFORM_ABSENT', {
    what: {
      en: `${what} does not exist for ${formatPlatform(wanted)}`,
      zh: `${what} 没有 ${formatPlatform(wanted)} 平台的镜像`,
    },
    because: {
      en: list === '' ? 'it holds no image at all' : `there is ${list}`,
      zh: list === '' ? '其中没有任何镜像' : `现有平台：${list}`,
    },
    fix: { en: 'take another tag or another image', zh: '请改用其他标签或镜像' },
  })
}

/** PLATFORM_MISMATCH, with what the index says and what the image says. */
export function mismatch(what: string, wanted: Platform, config: Platform): Error {
  return fail('PLATFORM_MISMATCH', {
    what: {
      en: `${what}: the image for ${formatPlatform(wanted)} is not built for it`,
      zh: `${what}：${formatPlatform(wanted)} 的镜像并非为该平台构建`,
    },
    because: {
      en: `the index says ${formatPlatform(wanted)}, the image's config says ${formatPlatform(config)}`,
      zh: `索引声明 ${formatPlatform(wanted)}，镜像配置为 ${formatPlatform(config)}`,
    },
    fix: {
      en: 'such an image would not start on the node: have its publisher repair it, or take another tag',
      zh: '这样的镜像在节点上无法启动：请联系发布者修复，或改用其他标签',
    },
  })
}
