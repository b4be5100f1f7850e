import { type CodeTable, EXIT, failures } from '@edgelift/core'

/** The errors of this package. */
export const builderCodes = {
  // release
  FILES_EXIST: {
    exit: EXIT.failed,
    title: { en: 'Files of a new release would overwrite others', zh: '新发布的文件会覆盖已有文件' },
  },
  RELEASE_NOT_FOUND: {
    exit: EXIT.usage,
    title: { en: 'There is no such release', zh: '找不到该发布清单' },
  },
  RELEASE_UNREADABLE: {
    exit: EXIT.failed,
    title: { en: 'A release file is not YAML', zh: '发布清单不是有效的 YAML' },
  },
  RELEASE_INVALID: {
    exit: EXIT.failed,
    title: { en: 'A release does not follow its schema', zh: '发布清单不符合格式' },
  },
  RELEASE_EXTENDS: {
    exit: EXIT.failed,
    title: { en: 'A release cannot extend what it names', zh: '发布清单的 extends 无效' },
  },
  RELEASE_REFUSED: {
    exit: EXIT.failed,
    title: { en: 'A release has defects that need no network to be seen', zh: '发布清单存在缺陷' },
  },
  // lock
  LOCK_MISSING: { exit: EXIT.failed, title: { en: 'There is no lock file', zh: '没有锁定文件' } },
  LOCK_INVALID: { exit: EXIT.failed, title: { en: 'Not a lock file', zh: '不是锁定文件' } },
  LOCK_EDITED: {
    exit: EXIT.integrity,
    title: { en: 'The lock file was edited by hand', zh: '锁定文件被手工修改' },
  },
  LOCK_STALE: {
    exit: EXIT.failed,
    title: { en: 'The lock file is older than the release', zh: '锁定文件已过期' },
  },
  LOCK_FOREIGN: {
    exit: EXIT.failed,
    title: { en: 'The lock file belongs to another release', zh: '锁定文件属于另一个发布' },
  },
  LOCK_DIFFERS: {
    exit: EXIT.failed,
    title: { en: 'Upstream is no longer what the lock says', zh: '上游内容与锁定文件不一致' },
  },
  DIFF_SUBJECT: {
    exit: EXIT.usage,
    title: {
      en: 'Neither an archive, a directory, a manifest nor a lock',
      zh: '不是离线包、目录、清单或锁定文件',
    },
  },
  // what a lock downloads
  CHECKSUM_MISMATCH: {
    exit: EXIT.integrity,
    title: { en: 'A download is not what upstream’s checksum says', zh: '下载内容与上游校验和不符' },
  },
  CHECKSUM_UNREADABLE: {
    exit: EXIT.failed,
    title: { en: 'A checksum file cannot be used', zh: '校验和文件不可用' },
  },
  IMAGE_LIST_INVALID: {
    exit: EXIT.failed,
    title: { en: 'A list of images cannot be read', zh: '镜像列表无法读取' },
  },
  TARBALL_REFUSED: {
    exit: EXIT.integrity,
    title: { en: 'A tarball holds what must not be unpacked', zh: '压缩包内容不安全' },
  },
  CHART_IGNORE_INVALID: {
    exit: EXIT.failed,
    title: { en: 'A chart’s .helmignore has a rule that Helm refuses', zh: 'chart 的 .helmignore 规则无效' },
  },
  MEMBER_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A tarball lacks the file that the release names', zh: '压缩包中缺少所需文件' },
  },
  // gates
  HELM_UNAVAILABLE: {
    exit: EXIT.failed,
    title: { en: 'The release’s helm cannot run on this machine', zh: '发布中的 helm 无法在本机运行' },
  },
  GATE_REFUSED: {
    exit: EXIT.failed,
    title: { en: 'The archives would be incomplete', zh: '离线包不完整，已拒绝' },
  },
  // build
  CONFIG_INVALID: {
    exit: EXIT.usage,
    title: { en: 'The configuration file cannot be used', zh: '配置文件不可用' },
  },
  INSTALLER_MISSING: {
    exit: EXIT.failed,
    title: { en: 'The installer is not beside the builder', zh: '同目录缺少安装程序' },
  },
  ARCHIVE_UNKNOWN: {
    exit: EXIT.usage,
    title: { en: 'The release has no such archive', zh: '发布中没有该离线包' },
  },
  OLDER_ARCHIVE_MISSING: {
    exit: EXIT.usage,
    title: { en: 'There is no older archive to make a delta from', zh: '没有可用于增量包的旧离线包' },
  },
  STORE_INCOMPLETE: {
    exit: EXIT.failed,
    title: {
      en: 'The store does not hold what an offline build needs',
      zh: '内容存储中缺少离线构建所需的内容',
    },
  },
  STORE_EXPORT_INVALID: {
    exit: EXIT.integrity,
    title: { en: 'A file does not hold an exported store', zh: '不是有效的内容存储导出文件' },
  },
  SPACE_LACKING: {
    exit: EXIT.failed,
    title: { en: 'There is too little free space for the work', zh: '可用空间不足' },
  },
  SPLIT_TOO_SMALL: {
    exit: EXIT.usage,
    title: { en: 'An archive would have too many parts', zh: '离线包的分卷过多' },
  },
  PART_MISMATCH: {
    exit: EXIT.integrity,
    title: {
      en: 'What was taken out of a download is not what the lock says',
      zh: '从下载中取出的内容与锁定文件不符',
    },
  },
  KEY_EXISTS: {
    exit: EXIT.failed,
    title: { en: 'A key file is never overwritten', zh: '不会覆盖已有密钥文件' },
  },
  SBOM_MISSING: {
    exit: EXIT.failed,
    title: { en: 'The archive has no readable bill of materials', zh: '离线包中没有可读的物料清单' },
  },
  NAME_UNKNOWN: {
    exit: EXIT.usage,
    title: { en: 'The archive contains nothing by this name', zh: '离线包中没有该名称' },
  },
} as const satisfies CodeTable

export const fail = failures(builderCodes)
