import type { Text } from '@edgelift/core'
import type { CommandSpec, OptionSpec, ProgramSpec } from '@edgelift/core/cli'
import { ANSWERS, type AnswerSpec, flagOf } from '../settings/table.ts'

const VERSION = '0.1.0'

const YES: OptionSpec = { type: 'boolean', describe: { en: 'ask nothing', zh: '不询问' } }
const DRY_RUN: OptionSpec = {
  type: 'boolean',
  describe: { en: 'show what would be done, change nothing', zh: '只显示将要执行的操作，不做更改' },
}
const CONFIG: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: 'the answers (default: install.yaml of the archive)',
    zh: '答案文件（默认为归档中的 install.yaml）',
  },
}

const commands: readonly CommandSpec[] = [
  {
    usage: 'install',
    describe: { en: "install this archive's role on this machine", zh: '在本机安装此归档的角色' },
    options: {
      yes: YES,
      'dry-run': DRY_RUN,
      config: CONFIG,
      pubkey: {
        type: 'string',
        value: 'FILE',
        describe: {
          en: "minisign public key: the archive's signature has to hold",
          zh: 'minisign 公钥：归档签名必须有效',
        },
      },
      'kubeedge-only': {
        type: 'boolean',
        describe: {
          en: 'KubeEdge alone, on a cluster that is there (cloud)',
          zh: '仅在已有集群上安装 KubeEdge（云端）',
        },
      },
      kubeconfig: {
        type: 'string',
        value: 'FILE',
        describe: {
          en: 'of the cluster for --kubeedge-only (default: $KUBECONFIG, else that of K3s, RKE2, kubeadm or k0s)',
          zh: '--kubeedge-only 使用的 kubeconfig（默认 $KUBECONFIG，否则取 K3s、RKE2、kubeadm 或 k0s 的）',
        },
      },
      ...Object.fromEntries(
        ANSWERS.map((answer): [string, OptionSpec] => [
          flagOf(answer.name),
          { type: 'string', value: answer.value, describe: ofRole(answer) },
        ]),
      ),
    },
    examples: [
      { line: './install.sh --dry-run', text: { en: 'preflight and plan only', zh: '仅预检并显示计划' } },
      { line: './install.sh', text: { en: 'asks for what is needed', zh: '询问所需内容后安装' } },
      {
        line: './install.sh --yes --node-ip 10.0.0.1 --advertise-addresses 10.0.0.1,cloud.example.com',
        text: { en: 'a cloud, unattended', zh: '无人值守安装云端' },
      },
      {
        line: './install.sh --yes --config edge-join.yaml',
        text: { en: 'an edge, unattended', zh: '无人值守安装边缘节点' },
      },
      {
        line: './install.sh --yes --cloud 10.0.0.1 --token-file - < token',
        text: { en: 'an edge, with its token from standard input', zh: '边缘节点，从标准输入读取令牌' },
      },
    ],
    epilogue: {
      en: `An answer may also stand in the environment (--node-ip is EDGELIFT_NODE_IP), in the file of --config, or in the
archive's install.yaml. The order is: flag, environment, --config, install.yaml, what this machine was installed with, default.
Exit codes: 0 done, 1 failed, 2 usage, 3 refused by preflight, 4 a file of the archive is damaged, 5 interrupted.`,
      zh: `答案也可以写在环境变量（--node-ip 对应 EDGELIFT_NODE_IP）、--config 指定的文件或归档的 install.yaml 中。
优先级：参数 > 环境变量 > --config > install.yaml > 本机上次安装时的答案 > 默认值。
退出码：0 完成，1 失败，2 用法错误，3 预检拒绝，4 归档文件损坏，5 中断。`,
    },
    load: async () => (await import('./install.ts')).installCommand,
  },
  {
    usage: 'cleanup',
    describe: { en: 'undo what this installer did on this machine', zh: '撤销本安装程序在本机所做的更改' },
    options: {
      yes: YES,
      'dry-run': DRY_RUN,
      purge: {
        type: 'boolean',
        describe: { en: 'remove PSK, logs and data too', zh: '同时删除 PSK、日志和数据' },
      },
    },
    load: async () => (await import('./cleanup.ts')).cleanupCommand,
  },
  {
    usage: 'trust <key>',
    describe: {
      en: 'accept only archives that this key has signed; with trusted keys already, one of them has to sign the new one',
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
          en: 'rotate: new.pub.minisig is made with the old key',
          zh: '轮换：new.pub.minisig 由旧密钥签名',
        },
      },
    ],
    load: async () => (await import('./trust.ts')).trustCommand,
  },
  {
    usage: 'complete',
    describe: {
      en: 'put the full archive together from this delta and an older archive',
      zh: '由本增量包和旧离线包还原完整离线包',
    },
    options: {
      base: {
        type: 'array',
        value: 'DIRECTORY|ARCHIVE',
        describe: {
          en: 'the older archive, or the directory that it was unpacked to; several may be given',
          zh: '旧离线包，或其解包目录；可指定多个',
        },
      },
      into: {
        type: 'string',
        value: 'DIRECTORY',
        describe: {
          en: "where the archive's directory appears (default: beside this delta)",
          zh: '离线包目录的生成位置（默认与本增量包同级）',
        },
      },
      archive: {
        type: 'boolean',
        describe: {
          en: 'write the very archive (.tar.gz) beside the directory, too',
          zh: '同时在目录旁生成与原始完全一致的离线包（.tar.gz）',
        },
      },
      pubkey: {
        type: 'string',
        value: 'FILE',
        describe: {
          en: "minisign public key: the archive's signature has to hold",
          zh: 'minisign 公钥：离线包签名必须有效',
        },
      },
    },
    examples: [
      {
        line: './edgelift complete --base /data/kubeedge-edge-1.22.0-amd64',
        text: { en: 'on a node that has the older archive', zh: '在已有旧离线包的节点上' },
      },
    ],
    load: async () => (await import('./complete.ts')).completeCommand,
  },
  {
    usage: 'verify',
    describe: { en: 'the checks V1-V7 and the functional test', zh: '执行 V1-V7 检查与功能测试' },
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  {
    usage: 'doctor',
    describe: {
      en: 'what is wrong with this node, why, and what helps',
      zh: '诊断本节点的问题、原因与处理方法',
    },
    options: {
      bundle: {
        type: 'string',
        value: 'FILE.tar.gz',
        describe: { en: 'collect a support bundle without secrets', zh: '收集不含机密信息的支持包' },
      },
    },
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    usage: 'token',
    describe: { en: 'a fresh join token for edge nodes (cloud)', zh: '生成边缘节点的加入令牌（云端）' },
    options: {
      join: {
        type: 'string',
        value: 'FILE',
        describe: {
          en: 'write answers for edge nodes, ready to use',
          zh: '写出可直接使用的边缘节点答案文件',
        },
      },
    },
    load: async () => (await import('./token.ts')).tokenCommand,
  },
  {
    usage: 'status',
    describe: { en: 'what is installed, and what the journal says', zh: '查看已安装内容与安装日志' },
    load: async () => (await import('./status.ts')).statusCommand,
  },
  {
    usage: 'audit',
    describe: { en: 'check this directory against its manifest and signature', zh: '按清单与签名校验本目录' },
    options: {
      pubkey: { type: 'string', value: 'FILE', describe: { en: 'minisign public key', zh: 'minisign 公钥' } },
    },
    load: async () => (await import('./audit.ts')).auditCommand,
  },
]

/** An answer of one role only says so. */
function ofRole({ roles, describe }: AnswerSpec): Text {
  const [only, other] = roles
  if (only === undefined || other !== undefined) return describe
  const words = only === 'cloud' ? { en: 'cloud', zh: '云端' } : { en: 'edge', zh: '边缘' }
  return { en: `(${words.en}) ${describe.en}`, zh: `（${words.zh}）${describe.zh}` }
}

export const installerProgram: ProgramSpec = {
  name: './edgelift',
  version: VERSION,
  describe: {
    en: 'edgelift: K3s, KubeEdge and EdgeMesh offline',
    zh: 'edgelift：离线安装 K3s、KubeEdge 与 EdgeMesh',
  },
  commands,
  resume: { en: 'run it again: it goes on where it stopped', zh: '重新运行即可从中断处继续' },
}
