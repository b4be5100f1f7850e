import { type CodeTable, EXIT, failures } from '@edgelift/core'

/** The errors of this package. */
export const bundleCodes = {
  ANSWER_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A chart needs a setting that was not given', zh: 'chart 需要的参数没有设置' },
  },
  ARCHIVE_DAMAGED: {
    exit: EXIT.integrity,
    title: { en: 'The archive is damaged or not one of edgelift', zh: '离线包损坏或不是 edgelift 离线包' },
  },
  DELTA_BASE_INVALID: {
    exit: EXIT.usage,
    title: {
      en: 'Neither an archive nor its directory: no base for a delta',
      zh: '不是离线包或其目录，无法用作增量包的基准',
    },
  },
  DELTA_BASE_MISSING: {
    exit: EXIT.failed,
    title: { en: 'The base lacks content that the delta needs', zh: '基准缺少增量包所需的内容' },
  },
  DELTA_DONE: {
    exit: EXIT.usage,
    title: { en: 'The directory that a delta completes to exists already', zh: '增量包要还原的目录已存在' },
  },
  DELTA_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'A delta is damaged', zh: '增量包已损坏' },
  },
  FILE_DAMAGED: {
    exit: EXIT.integrity,
    title: { en: 'A file is not the one that was packed', zh: '文件与打包时不一致' },
  },
  FILE_FOREIGN: {
    exit: EXIT.integrity,
    title: { en: 'A file was not packed by edgelift', zh: '存在不属于离线包的文件' },
  },
  FILE_MISSING: { exit: EXIT.integrity, title: { en: 'A file is missing', zh: '缺少文件' } },
  KEY_INVALID: { exit: EXIT.usage, title: { en: 'Not a key that can be used', zh: '密钥不可用' } },
  MANIFEST_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'manifest.json cannot be used', zh: 'manifest.json 不可用' },
  },
  NOT_A_BUNDLE: {
    exit: EXIT.usage,
    title: { en: 'Not an archive or directory of edgelift', zh: '不是 edgelift 的离线包或目录' },
  },
  SIGNATURE_INVALID: { exit: EXIT.integrity, title: { en: 'The signature does not hold', zh: '签名无效' } },
  SIGNATURE_MISSING: { exit: EXIT.integrity, title: { en: 'There is no signature', zh: '没有签名' } },
  SPLIT_DAMAGED: {
    exit: EXIT.integrity,
    title: { en: 'A part of a split archive is missing or wrong', zh: '离线包的分卷缺失或有误' },
  },
  SUMS_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'SHA256SUMS cannot be read', zh: 'SHA256SUMS 无法读取' },
  },
} as const satisfies CodeTable

export const fail = failures(bundleCodes)
