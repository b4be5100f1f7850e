import type { Text } from '@edgelift/core'

/** What the checks of a release can find; the docs' table is generated from this. */
export const findingCodes = {
  // lint: seen without network
  SCHEMA: { en: 'A key or value that the schema does not allow', zh: '键或值不符合格式' },
  TEMPLATE: { en: 'A template names a variable that is not there', zh: '模板变量不存在' },
  REFERENCE: { en: 'Not an image reference', zh: '镜像引用无效' },
  TAG_LATEST: { en: 'An image without a fixed tag', zh: '镜像没有固定标签' },
  REFERENCE_DIGEST: {
    en: 'An image by digest, which charts and nodes do not ask for',
    zh: '使用摘要引用镜像',
  },
  IMAGE_TWICE: { en: 'One image under two names', zh: '镜像重复声明' },
  PATH_UNSAFE: { en: 'A path leads out of the archive', zh: '路径越出离线包' },
  PATH_RESERVED: { en: 'A path that edgelift writes itself', zh: '路径被 edgelift 占用' },
  PATH_TWICE: { en: 'Two files have the same path in an archive', zh: '离线包路径重复' },
  LICENSE: { en: 'A licence that is no SPDX expression', zh: '许可证不是 SPDX 表达式' },
  SOURCE: { en: 'A download that cannot be what it says', zh: '下载来源声明有误' },
  CONDITION: {
    en: 'A condition on an option or fact that does not exist',
    zh: '条件引用了不存在的可选组件或本机信息',
  },
  ANSWER: {
    en: 'A chart uses a setting that its installation does not have',
    zh: 'chart 使用了不存在的安装参数',
  },
  ROLE_UNNAMED: { en: 'A part is for a role without an archive', zh: '角色没有离线包名称' },
  EXCEPT: { en: 'An exception that the image list does not know', zh: '镜像列表的例外无效' },
  INCOMPATIBLE: { en: 'Versions that do not work together', zh: '版本互不兼容' },
  UNTESTED: { en: 'Versions outside of upstream’s tested matrix', zh: '版本组合不在上游测试矩阵内' },
  // gates: seen while locking
  IMAGE_MISSING: { en: 'A required image is not in the archive', zh: '离线包缺少所需镜像' },
  IMAGE_MENTIONED: { en: 'A text looks like an image that is not packed', zh: '文本疑似未打包的镜像' },
  PULL_ALWAYS: { en: 'A pod that asks a registry at every start', zh: 'Pod 每次启动都要访问镜像仓库' },
  IMAGE_PHANTOM: { en: 'An image is declared and not published', zh: '声明的镜像未发布' },
  IMAGE_UNUSABLE: { en: 'An image cannot be packed for a platform', zh: '镜像无法用于该平台' },
  IMAGE_PLATFORM: { en: 'An image does not say for which platform it is built', zh: '镜像未注明构建平台' },
  IMAGE_DRIFTED: { en: 'An image is not the one that upstream’s list names', zh: '镜像与上游列表不一致' },
  IMAGE_UNASKED: { en: 'Nothing in the archive requires an image', zh: '没有任何组件需要该镜像' },
  FILE_MISSING: { en: 'A required file is not in the archive', zh: '离线包缺少所需文件' },
  FILE_UNPUBLISHED: { en: 'A file is declared and not published', zh: '声明的文件未发布' },
  KIND_UNSERVED: {
    en: 'A chart has objects of a kind that the cluster does not know',
    zh: 'chart 含有集群不提供的资源类型',
  },
  CHART_UNRENDERED: { en: 'A chart cannot be rendered', zh: 'chart 无法渲染' },
  FIRST_USE: { en: 'A download that upstream publishes no checksum for', zh: '上游未提供校验和' },
  CHANGED: { en: 'A download has changed since it was locked', zh: '下载内容自锁定后已变化' },
} as const satisfies Record<string, Text>

export type FindingCode = keyof typeof findingCodes
