import type { Role } from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import { type CommandSpec, completionSpec, manSpec, type ProgramSpec } from '@edgelift/core/cli'
import { DRY_RUN, PASSPHRASE_FILE, PUBKEY, YES } from './common-options.ts'
import { installSpec } from './install-spec.ts'

/** @param role of the archive that the program lies in: its help leaves out what the other role alone takes */
export function installerProgram(role: Role | undefined): ProgramSpec {
  return {
    name: './edgelift',
    version: EDGELIFT_VERSION,
    describe: {
      en: 'edgelift: offline installation of K3s, KubeEdge and EdgeMesh',
      zh: 'edgelift：离线安装 K3s、KubeEdge 与 EdgeMesh',
    },
    commands: [
      installSpec(role),
      CLEANUP,
      ROLLBACK,
      VERIFY,
      DOCTOR,
      STATUS,
      RENEW,
      { ...TOKEN, hidden: role === 'edge' },
      { ...BACKUP, hidden: role === 'edge' },
      AUDIT,
      TRUST,
      COMPLETE,
      completionSpec('./edgelift', () => installerProgram(role)),
      manSpec('./edgelift', () => installerProgram(role)),
      MESH_REFRESH,
    ],
    launchers: [
      { name: './install.sh', command: 'install' },
      ...(role === 'edge' ? [] : [{ name: './install-kubeedge-only.sh', command: 'install' }]),
      { name: './cleanup.sh', command: 'cleanup' },
    ],
    resume: { en: 'run it again to continue', zh: '重新执行即可从中断处继续' },
    offersChinese: true,
  }
}

const CLEANUP: CommandSpec = {
  usage: 'cleanup',
  describe: { en: 'undo what this installer did on this machine', zh: '撤销本安装程序在本机所做的更改' },
  options: {
    yes: YES,
    'dry-run': DRY_RUN,
    purge: {
      type: 'boolean',
      describe: { en: 'also remove the PSK, logs and data', zh: '同时删除 PSK、日志和数据' },
    },
  },
  load: async () => (await import('./cleanup.ts')).cleanupCommand,
}

const ROLLBACK: CommandSpec = {
  usage: 'rollback',
  describe: {
    en: 'go back to the release before the last upgrade, from the copy that was made then',
    zh: '用升级前的备份回退到上一发布',
  },
  options: { yes: YES, 'dry-run': DRY_RUN },
  load: async () => (await import('./rollback.ts')).rollbackCommand,
}

const VERIFY: CommandSpec = {
  usage: 'verify',
  describe: {
    en: 'run the checks V1-V7 and the functional test',
    zh: '执行检查 V1-V7 与功能测试',
  },
  load: async () => (await import('./verify.ts')).verifyCommand,
}

const DOCTOR: CommandSpec = {
  usage: 'doctor',
  describe: {
    en: 'diagnose this node: problem, cause and fix',
    zh: '诊断本节点的问题、原因与处理方法',
  },
  options: {
    bundle: {
      type: 'string',
      value: 'FILE.tar.gz',
      describe: { en: 'collect a support bundle without secrets', zh: '生成不含机密信息的诊断包' },
    },
  },
  load: async () => (await import('./doctor.ts')).doctorCommand,
}

const TOKEN: CommandSpec = {
  usage: 'token',
  describe: {
    en: 'print a new join token for edge nodes (cloud)',
    zh: '生成边缘节点的接入令牌（token，仅云端）',
  },
  options: {
    valid: {
      type: 'string',
      value: 'DURATION',
      describe: {
        en: 'how long the token is valid: 12h, 30d, 8w (default: a day)',
        zh: '令牌有效期：12h、30d、8w（默认一天）',
      },
    },
    join: {
      type: 'string',
      value: 'FILE',
      describe: {
        en: 'write a settings file for edge nodes, ready to use',
        zh: '生成可直接使用的边缘节点安装参数文件',
      },
    },
    hosts: {
      type: 'string',
      value: 'FILE.csv',
      describe: {
        en: 'edges to write join files for; columns: name,address,labels,taints',
        zh: '边缘节点列表，为每个节点生成接入文件；列：name,address,labels,taints',
      },
    },
    out: {
      type: 'string',
      value: 'DIRECTORY',
      describe: {
        en: 'where --hosts writes NAME.yaml (mode 0600)',
        zh: '--hosts 的输出目录（NAME.yaml，权限 0600）',
      },
    },
    overwrite: {
      type: 'boolean',
      describe: { en: 'with --hosts: replace existing files', zh: '与 --hosts 一起使用：覆盖已有文件' },
    },
  },
  load: async () => (await import('./token.ts')).tokenCommand,
}

const BACKUP: CommandSpec = {
  usage: 'backup <file>',
  describe: {
    en: 'write a backup of this cloud; install.sh --restore brings it back',
    zh: '备份云端，可用 install.sh --restore 恢复',
  },
  positionals: { file: { describe: { en: 'the file to write', zh: '备份文件' } } },
  options: {
    passphrase: {
      type: 'boolean',
      describe: { en: 'seal it with a passphrase, which is asked for', zh: '询问口令并用其加密' },
    },
    'passphrase-file': PASSPHRASE_FILE,
  },
  examples: [
    {
      line: './edgelift backup /mnt/usb/cloud.backup --passphrase',
      text: { en: 'while the cluster runs; nothing is restarted', zh: '集群运行时备份，不重启任何服务' },
    },
  ],
  load: async () => (await import('./backup.ts')).backupCommand,
}

const STATUS: CommandSpec = {
  usage: 'status',
  describe: { en: 'show what is installed, and the journal', zh: '查看已安装的内容与操作记录' },
  load: async () => (await import('./status.ts')).statusCommand,
}

const RENEW: CommandSpec = {
  usage: 'renew',
  describe: {
    en: 'renew certificates that expire within 120 days; pods keep running',
    zh: '续签 120 天内到期的证书，Pod 不会停止',
  },
  load: async () => (await import('./renew.ts')).renewCommand,
}

const AUDIT: CommandSpec = {
  usage: 'audit',
  describe: {
    en: 'check this directory against its manifest and signature',
    zh: '按清单与签名校验本目录',
  },
  options: { pubkey: PUBKEY },
  load: async () => (await import('./audit.ts')).auditCommand,
}

const TRUST: CommandSpec = {
  usage: 'trust <key>',
  describe: {
    en: 'accept only archives signed with this key; where keys are trusted already, one of them must have signed it',
    zh: '只接受由该密钥签名的离线包；若已有受信任的密钥，新密钥须由其中之一签名',
  },
  positionals: { key: { describe: { en: 'a minisign public key file', zh: 'minisign 公钥文件' } } },
  options: {
    replace: {
      type: 'boolean',
      describe: { en: 'drop the keys that were trusted before', zh: '移除此前信任的密钥' },
    },
  },
  examples: [
    {
      line: './edgelift trust new.pub --replace',
      text: {
        en: 'rotate: new.pub.minisig is signed with the old key',
        zh: '轮换：new.pub.minisig 由旧密钥签名',
      },
    },
  ],
  load: async () => (await import('./trust.ts')).trustCommand,
}

/** What the unit edgelift-mesh-refresh runs, without an archive. */
const MESH_REFRESH: CommandSpec = {
  usage: 'mesh-refresh',
  describe: {
    en: 'keep Endpoints on edges fresh (run by systemd on the cloud)',
    zh: '保持边缘节点 Endpoints 最新（由云端 systemd 运行）',
  },
  hidden: true,
  load: async () => (await import('./mesh-refresh.ts')).meshRefreshCommand,
}

const COMPLETE: CommandSpec = {
  usage: 'complete',
  describe: {
    en: 'rebuild the full archive from this delta and an older archive',
    zh: '由本增量包和旧离线包还原完整离线包',
  },
  options: {
    base: {
      type: 'array',
      value: 'DIRECTORY|ARCHIVE',
      describe: {
        en: 'the older archive, its parts, or its unpacked directory; repeatable',
        zh: '旧离线包、其分卷或解包目录；可指定多个',
      },
    },
    into: {
      type: 'string',
      value: 'DIRECTORY',
      describe: {
        en: "parent of the rebuilt archive's directory (default: beside this delta)",
        zh: '离线包目录的生成位置（默认与本增量包同级）',
      },
    },
    archive: {
      type: 'boolean',
      describe: {
        en: 'also write the archive itself (.tar.gz), byte for byte',
        zh: '同时生成与原始完全一致的离线包（.tar.gz）',
      },
    },
    pubkey: PUBKEY,
  },
  examples: [
    {
      line: './edgelift complete --base /data/kubeedge-edge-1.22.0-amd64',
      text: { en: 'on a node that has the older archive', zh: '在已有旧离线包的节点上' },
    },
  ],
  load: async () => (await import('./complete.ts')).completeCommand,
}
