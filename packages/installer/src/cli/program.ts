import type { Role } from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import { type CommandSpec, completionSpec, manSpec, type ProgramSpec } from '@edgelift/core/cli'
import { backupSpec } from './backup-spec.ts'
import { DRY_RUN, PUBKEY, YES } from './common-options.ts'
import { completeSpec } from './complete-spec.ts'
import { installSpec, KUBEEDGE_ONLY } from './install-spec.ts'
import { tokenSpec } from './token-spec.ts'
import { trustSpec } from './trust-spec.ts'

/**
 * @param role of the archive that the program lies in: its help leaves out what the other role alone takes
 * @param typed.launcher the script that was typed: help and usage errors name it
 * @param typed.elsewhere the archive's directory, where the person stands in another one
 */
export function installerProgram(
  role: Role | undefined,
  { launcher, elsewhere }: Pick<ProgramSpec, 'launcher' | 'elsewhere'> = {},
): ProgramSpec {
  return {
    launcher,
    elsewhere,
    name: './edgelift',
    version: EDGELIFT_VERSION,
    describe: {
      en: 'edgelift: offline installation of K3s, KubeEdge and EdgeMesh',
      zh: 'edgelift：离线安装 K3s、KubeEdge 与 EdgeMesh',
    },
    commands: [
      installSpec(role, launcher),
      CLEANUP,
      ROLLBACK,
      VERIFY,
      DOCTOR,
      STATUS,
      RENEW,
      { ...tokenSpec, hidden: role === 'edge' },
      { ...backupSpec, hidden: role === 'edge' },
      AUDIT,
      trustSpec,
      completeSpec,
      completionSpec('./edgelift', () => installerProgram(role)),
      manSpec('./edgelift', () => installerProgram(role)),
      MESH_REFRESH,
    ],
    launchers: [
      { name: './install.sh', command: 'install' },
      ...(role === 'edge' ? [] : [{ name: KUBEEDGE_ONLY, command: 'install' }]),
      { name: './cleanup.sh', command: 'cleanup' },
    ],
    otherNames: {
      version: '--version',
      upgrade: './install.sh',
      update: './install.sh',
      ...(role === 'cloud' ? {} : { join: './install.sh --config edge-join.yaml' }),
      ...(role === 'edge' ? {} : { restore: './install.sh --restore FILE' }),
      uninstall: './cleanup.sh',
      remove: './cleanup.sh',
      delete: './cleanup.sh',
      purge: './cleanup.sh --purge',
      reset: './cleanup.sh',
      undo: './cleanup.sh',
      check: 'verify',
      test: 'verify',
      diagnose: 'doctor',
      support: 'doctor --bundle FILE.tar.gz',
      bundle: 'doctor --bundle FILE.tar.gz',
      logs: 'status',
      info: 'status',
    },
    epilogue: {
      en: 'Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 integrity or signature, 5 interrupted (run it again).\nEvery command has its own --help. The handbook is in docs/en/operator.md.',
      zh: '退出码：0 完成，1 失败，2 用法错误，3 被拒绝，4 完整性或签名错误，5 中断（重新执行即可）。\n每个命令都有自己的 --help。操作手册见 docs/zh-CN/operator.md。',
    },
    resume: { en: 'run it again to continue', zh: '重新执行即可从中断处继续' },
    offersChinese: true,
  }
}

const CLEANUP: CommandSpec = {
  usage: 'cleanup',
  describe: { en: 'Undo what this installer did on this machine', zh: '撤销本安装程序在本机所做的更改' },
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
    en: 'Go back to the release before the last upgrade, from the copy that was made then',
    zh: '用升级前的备份回退到上一发布',
  },
  options: { yes: YES, 'dry-run': DRY_RUN },
  load: async () => (await import('./rollback.ts')).rollbackCommand,
}

const VERIFY: CommandSpec = {
  usage: 'verify',
  describe: {
    en: 'Is everything working? Runs the checks V1 to V7 and a functional test',
    zh: '检查是否一切正常：执行检查项 V1 至 V7 与功能测试',
  },
  load: async () => (await import('./verify.ts')).verifyCommand,
}

const DOCTOR: CommandSpec = {
  usage: 'doctor',
  describe: {
    en: 'Diagnose this node: problem, cause and fix',
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

const STATUS: CommandSpec = {
  usage: 'status',
  describe: { en: 'Show what is installed, and the journal', zh: '查看已安装的内容与操作记录' },
  load: async () => (await import('./status.ts')).statusCommand,
}

const RENEW: CommandSpec = {
  usage: 'renew',
  describe: {
    en: 'Renew certificates that expire within 120 days; pods keep running',
    zh: '续签 120 天内到期的证书，Pod 不会停止',
  },
  load: async () => (await import('./renew.ts')).renewCommand,
}

const AUDIT: CommandSpec = {
  usage: 'audit',
  describe: {
    en: 'Check this directory against its manifest and signature',
    zh: '按清单与签名校验本目录',
  },
  options: { pubkey: PUBKEY },
  load: async () => (await import('./audit.ts')).auditCommand,
}

/** What the unit edgelift-mesh-refresh runs, without an archive. */
const MESH_REFRESH: CommandSpec = {
  usage: 'mesh-refresh',
  describe: {
    en: 'Keep Endpoints on edges fresh (run by systemd on the cloud)',
    zh: '保持边缘节点 Endpoints 最新（由云端 systemd 运行）',
  },
  hidden: true,
  load: async () => (await import('./mesh-refresh.ts')).meshRefreshCommand,
}
