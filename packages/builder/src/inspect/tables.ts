import { type BundleManifest, requirerText } from '@edgelift/bundle'
import { counted, formatBytes, type Lang } from '@edgelift/core'
import { formatTable, type Paint } from '@edgelift/core/cli'
import type { Inspection } from './inspection.ts'
import { KINDS } from './kinds.ts'
import { unlicensedImages } from './sbom-of.ts'
import { originWords, type Reason, whenWords } from './why.ts'

/** The summary: what it is, whether it is whole, and where its bytes are. */
export function summaryText(inspection: Inspection, lang: Lang, paint: Paint): string {
  const { verified, packedSize, kinds } = inspection
  const { manifest, problems } = verified
  const zh = lang === 'zh'
  const sizes = [
    ...(packedSize === undefined ? [] : [`${formatBytes(packedSize)}${zh ? '（离线包）' : ' packed'}`]),
    `${formatBytes(verified.bytes)}${zh ? '（解压后）' : ' unpacked'}`,
    zh ? `${verified.files} 个文件` : counted(verified.files, 'file'),
  ]
  const integrity =
    problems.length === 0
      ? paint.green(zh ? '全部文件与打包时一致' : 'every file is as it was packed')
      : paint.red(zh ? `${problems.length} 处损坏` : `${problems.length} damaged`)
  const facts: [string, string][] = [
    [zh ? '角色' : 'role', `${manifest.role}  ${manifest.platform}`],
    [zh ? '发布' : 'release', `${manifest.release.name} ${manifest.release.version}`],
    [zh ? '大小' : 'size', sizes.join(zh ? '，' : ', ')],
    [zh ? '锁定文件' : 'lock', manifest.lock],
    [zh ? '构建工具' : 'built by', `edgelift ${manifest.edgelift}`],
    [zh ? '完整性' : 'integrity', integrity],
    [zh ? '签名' : 'signature', signatureWords(verified.signature, lang)],
    ...manifest.placeholders.map((name, index): [string, string] => [
      index > 0 ? '' : zh ? '占位文件' : 'placeholders',
      paint.yellow(name),
    ]),
    ...(unlicensedImages(inspection) ?? []).map((name, index): [string, string] => [
      index > 0 ? '' : zh ? '许可证未注明' : 'no licence stated',
      name,
    ]),
  ]
  const header = zh ? ['内容', '文件', '大小'] : ['what', 'files', 'size']
  const rows = kinds.map(({ kind, files, bytes }) => [KINDS[kind][lang], String(files), formatBytes(bytes)])
  return [
    paint.bold(manifest.name),
    formatTable(facts.map(([name, value]) => [`  ${name}`, value])),
    '',
    formatTable([header, ...rows], new Set([1, 2])),
    ...problems.map((problem) => `${paint.red('✗')} ${problem.what[lang]}`),
  ].join('\n')
}

function signatureWords(signature: 'valid' | 'unchecked' | 'none', lang: Lang): string {
  const words = {
    valid: { en: 'holds', zh: '有效' },
    unchecked: { en: 'there is one; --pubkey FILE checks it', zh: '存在，可用 --pubkey 文件 校验' },
    none: { en: 'none', zh: '无' },
  }
  return words[signature][lang]
}

export function imagesText(manifest: BundleManifest, lang: Lang): string {
  const sizes = new Map(manifest.files.map((file) => [file.path, file.size]))
  const header = lang === 'zh' ? ['镜像', '大小', '摘要', '依赖方'] : ['image', 'size', 'digest', 'needed by']
  const rows = manifest.images.map((image) => [
    image.reference,
    formatBytes(sizes.get(image.file) ?? 0),
    image.digest,
    image.neededBy.map((one) => requirerText(one, lang)).join(lang === 'zh' ? '；' : '; '),
  ])
  return formatTable([header, ...rows], new Set([1]))
}

export function filesText(manifest: BundleManifest, lang: Lang): string {
  const header = lang === 'zh' ? ['权限', '大小', '路径', '来源'] : ['mode', 'size', 'path', 'from']
  const rows = manifest.files.map((file) => [
    file.mode,
    formatBytes(file.size),
    file.path,
    originWords(file.origin),
  ])
  return formatTable([header, ...rows], new Set([1]))
}

export function whyText(reasons: readonly Reason[], lang: Lang): string {
  return reasons.map((reason) => reasonText(reason, lang)).join('\n\n')
}

function reasonText(reason: Reason, lang: Lang): string {
  const zh = lang === 'zh'
  const requirers = reason.neededBy.map((requirer) => {
    const condition = whenWords(requirer.when, lang)
    const suffix = condition === '' ? '' : `${zh ? '，' : ', '}${condition}`
    return `  ${zh ? '依赖方' : 'needed by'}  ${requirerText(requirer, lang)}${suffix}`
  })
  return [
    reason.name,
    ...(reason.origin === undefined
      ? []
      : [`  ${zh ? '来源  ' : 'from     '}  ${originWords(reason.origin)}`]),
    ...(requirers.length === 0 ? [`  ${zh ? '没有其他组件需要它' : 'nothing else requires it'}`] : requirers),
  ].join('\n')
}
