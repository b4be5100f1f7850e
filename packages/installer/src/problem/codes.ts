import { type CodeTable, EXIT, failures } from '@edgelift/core'

/** The errors of this package. */
export const installerCodes = {
  ANSWER_INVALID: { exit: EXIT.usage, title: { en: 'A setting is not valid', zh: '安装参数无效' } },
  ANSWER_UNKNOWN: { exit: EXIT.usage, title: { en: 'Unknown setting', zh: '没有这个安装参数' } },
  ANSWER_CONTRADICTS: {
    exit: EXIT.usage,
    title: { en: 'Two settings contradict each other', zh: '安装参数互相矛盾' },
  },
  ANSWER_NEEDED: { exit: EXIT.usage, title: { en: 'A required setting is missing', zh: '缺少必填参数' } },
  BACKUP_DAMAGED: {
    exit: EXIT.integrity,
    title: { en: 'A backup is damaged', zh: '备份已损坏' },
  },
  BACKUP_REFUSED: {
    exit: EXIT.preflight,
    title: { en: 'Nothing here can be backed up', zh: '本机没有可备份的内容' },
  },
  CERTIFICATE_OVER: {
    exit: EXIT.failed,
    title: { en: "An edge's certificate has expired or cannot be read", zh: '边缘节点证书已过期或无法读取' },
  },
  CLOUD_ADDRESS_UNUSABLE: {
    exit: EXIT.failed,
    title: {
      en: "Edge nodes cannot use the cloud's address",
      zh: '边缘节点无法使用云端地址',
    },
  },
  DIRECTORY_UNSAFE: {
    exit: EXIT.preflight,
    title: { en: 'Other users can change what root would run', zh: '其他用户可以改动将以 root 运行的内容' },
  },
  HOSTS_INVALID: { exit: EXIT.usage, title: { en: 'A list of edges is not valid', zh: '边缘节点列表无效' } },
  JOIN_FILES_EXIST: { exit: EXIT.usage, title: { en: 'Join files already exist', zh: '接入文件已存在' } },
  JOURNAL_INVALID: { exit: EXIT.failed, title: { en: 'The journal cannot be read', zh: '操作记录无法读取' } },
  NOT_A_BACKUP: {
    exit: EXIT.usage,
    title: { en: 'Not a backup of edgelift', zh: '不是 edgelift 的备份' },
  },
  NODE_NAME_SHARED: {
    exit: EXIT.failed,
    title: { en: 'Two machines have one node name', zh: '两台机器使用同一节点名称' },
  },
  NOT_INSTALLED: { exit: EXIT.failed, title: { en: 'Nothing is installed here', zh: '本机尚未安装' } },
  NOT_ROOT: { exit: EXIT.preflight, title: { en: 'The installation needs root', zh: '安装需要 root 权限' } },
  PASSPHRASE_NEEDED: {
    exit: EXIT.usage,
    title: { en: 'A passphrase is needed', zh: '需要口令' },
  },
  PASSPHRASE_WRONG: {
    exit: EXIT.usage,
    title: { en: 'The passphrase does not open the backup', zh: '口令无法打开备份' },
  },
  PREFLIGHT_REFUSED: {
    exit: EXIT.preflight,
    title: { en: 'This machine is not ready', zh: '本机尚不满足安装条件' },
  },
  RELEASES_DIFFER: {
    exit: EXIT.failed,
    title: {
      en: 'Cloud and edge archive are of different releases',
      zh: '云端与边缘离线包的版本不一致',
    },
  },
  RESTORE_REFUSED: {
    exit: EXIT.preflight,
    title: { en: 'A backup cannot be restored on this machine', zh: '无法在本机恢复备份' },
  },
  ROLE_MISMATCH: {
    exit: EXIT.preflight,
    title: { en: 'The archive is for the other role', zh: '离线包角色不符' },
  },
  ROLLBACK_IMPOSSIBLE: {
    exit: EXIT.preflight,
    title: { en: 'There is no release to go back to', zh: '没有可回退的发布' },
  },
  SIGNATURE_UNTRUSTED: {
    exit: EXIT.integrity,
    title: { en: 'No trusted key has signed the archive', zh: '离线包未由受信任的密钥签名' },
  },
  STEP_FAILED: { exit: EXIT.failed, title: { en: 'A step failed', zh: '安装步骤失败' } },
  TOML_UNEDITABLE: {
    exit: EXIT.failed,
    title: { en: 'A TOML setting has to be changed by hand', zh: '需要手动修改 TOML 设置' },
  },
  TOML_UNREADABLE: { exit: EXIT.failed, title: { en: 'A TOML file is not valid', zh: 'TOML 文件无效' } },
  WAIT_EXPIRED: { exit: EXIT.failed, title: { en: 'A wait timed out', zh: '等待超时' } },
} as const satisfies CodeTable

export const fail = failures(installerCodes)
