import type { Text } from '@edgelift/core'

/** The words of a comparison's text and page. */
export const DIFF_WORDS = {
  components: { en: 'Components', zh: '组件' },
  images: { en: 'Images', zh: '镜像' },
  charts: { en: 'Charts', zh: 'Chart' },
  crds: { en: 'CRDs', zh: 'CRD' },
  files: { en: 'Files', zh: '文件' },
  settings: { en: 'Settings and options', zh: '设置与选项' },
  size: { en: 'Size: ', zh: '大小：' },
  same: { en: 'no differences', zh: '没有差异' },
  title: { en: 'What changed', zh: '变更内容' },
  report: { en: 'report: ', zh: '报告：' },
} as const satisfies Record<string, Text>
export type DiffWord = keyof typeof DIFF_WORDS
