import type { Lang } from '@edgelift/core'
import { z } from 'zod'

/** When a chart, a variant of its values or an image is wanted: always, or with an option, or by a fact of the host. */
export const When = z.union([z.strictObject({ option: z.string() }), z.strictObject({ fact: z.string() })])
export type When = z.infer<typeof When>

/**
 * What kinds of thing require an image or a file:
 * - `chart`, `file`: an object in a chart, or in a file of Kubernetes objects; `detail` is the object
 * - `list`: an image list of upstream
 * - `runtime`: a program by itself, as compiled; `detail` is what for
 * - `test`: the functional test
 * - `installer`: the installation
 * - `release`: the release alone; `name` is the part of it
 */
const REQUIRER_KINDS = ['chart', 'file', 'list', 'runtime', 'test', 'installer', 'release'] as const

export const RequirerName = z.strictObject({
  kind: z.enum(REQUIRER_KINDS),
  /** `cloudcore`, `crds/x.yaml`, `k3s`, `containerd 2.1.5`. */
  name: z.string(),
  /** `DaemonSet edge-eclipse-mosquitto`, `sandbox of every pod`. */
  detail: z.string().optional(),
})
export type RequirerName = z.infer<typeof RequirerName>

/** Something in the archive that requires an image or a file. */
export const Requirer = RequirerName.extend({
  /** The same as one English text, for readers without edgelift: `chart cloudcore (DaemonSet edge-eclipse-mosquitto)`. */
  requirer: z.string(),
  when: When.optional(),
})
export type Requirer = z.infer<typeof Requirer>

/** A requirer as locks and manifests hold it. */
export function requirerOf({ kind, name, detail }: RequirerName, when?: When): Requirer {
  const plain = { kind, name, ...(detail === undefined ? {} : { detail }) }
  return { ...plain, requirer: requirerText(plain, 'en'), ...(when === undefined ? {} : { when }) }
}

/** `chart cloudcore (DaemonSet edge-eclipse-mosquitto)` */
export function requirerText({ kind, name, detail }: RequirerName, lang: Lang): string {
  const isOurs = lang === 'zh' && (kind === 'installer' || kind === 'runtime')
  const known = isOurs ? (CHINESE[name] ?? name) : name
  const whole = KINDS[kind][lang].replace('%', () => known)
  if (detail === undefined) return whole
  return lang === 'zh' ? `${whole}（${CHINESE[detail] ?? detail}）` : `${whole} (${detail})`
}

/** What the builder writes as `name` or `detail` that is not a name. Objects, charts and programs keep theirs. */
const CHINESE: Readonly<Record<string, string>> = {
  cloud: '云端',
  edge: '边缘',
  'K3s’ containerd': 'K3s 内置的 containerd',
  'containerd’s CNI plugins': 'containerd 的 CNI 插件',
  'sandbox of every pod': '每个 Pod 的沙箱',
  'functional test': '功能测试',
  'container runtime': '容器运行时',
  'its own runtime': '自身运行环境',
  'its libraries': '所需的库',
  'starts containers': '启动容器',
  'imports images': '导入镜像',
  'no edge node becomes Ready without them': '缺少它们边缘节点无法就绪',
  'is installed with helm': '由 Helm 安装',
  'its own requires': 'chart 声明的前提',
}

/** `%` stands for the name. */
const KINDS = {
  chart: { en: 'chart %', zh: 'chart %' },
  file: { en: 'file %', zh: '文件 %' },
  list: { en: 'image list %', zh: '镜像列表 %' },
  runtime: { en: '%', zh: '%' },
  test: { en: 'edgelift %', zh: 'edgelift %' },
  installer: { en: 'the % installation', zh: '%安装程序' },
  release: { en: 'the release (%)', zh: '发布清单（%）' },
} as const satisfies Record<RequirerName['kind'], Readonly<Record<Lang, string>>>
