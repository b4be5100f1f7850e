import { flagOf, type Role, SETTINGS, settingHelp } from '@edgelift/bundle'
import type { CommandSpec, OptionSpec } from '@edgelift/core/cli'
import { CONFIG, DRY_RUN, PASSPHRASE_FILE, PUBKEY, YES } from './common-options.ts'
import { ofRole } from './role-help.ts'

/** The launcher that gives `--kubeedge-only` by itself. */
export const KUBEEDGE_ONLY = './install-kubeedge-only.sh'

/** `install`: every setting is an option. @param launcher the script that was typed */
export function installSpec(role: Role | undefined, launcher?: string): CommandSpec {
  const only = launcher === KUBEEDGE_ONLY
  return {
    usage: 'install',
    describe: only
      ? ONLY_COMMAND
      : { en: "Install this archive's role on this machine", zh: '在本机安装此离线包' },
    options: {
      yes: YES,
      'dry-run': DRY_RUN,
      config: CONFIG,
      pubkey: PUBKEY,
      'allow-downgrade': {
        type: 'boolean',
        describe: {
          en: 'accept an older release; never across a minor version of K3s or KubeEdge',
          zh: '允许安装更旧的版本；K3s 或 KubeEdge 跨次版本时不可用',
        },
      },
      'kubeedge-only': ofRole(role, ['cloud'], {
        type: 'boolean',
        ...(only ? { hidden: true } : {}),
        describe: ONLY_KUBEEDGE,
      }),
      kubeconfig: ofRole(role, ['cloud'], {
        type: 'string',
        value: 'FILE',
        describe: {
          en: `kubeconfig ${only ? 'of the cluster' : 'for --kubeedge-only'} (default: $KUBECONFIG, else that of K3s, RKE2, kubeadm or k0s)`,
          zh: `${only ? '集群的' : '--kubeedge-only 使用的'} kubeconfig（默认 $KUBECONFIG，其次 K3s、RKE2、kubeadm、k0s 的）`,
        },
      }),
      restore: ofRole(role, ['cloud'], {
        type: 'string',
        value: 'FILE',
        describe: {
          en: 'restore the cloud of this backup on a new machine with the same address',
          zh: '在地址相同的新机器上恢复该备份的云端',
        },
      }),
      'passphrase-file': ofRole(role, ['cloud'], PASSPHRASE_FILE),
      ...Object.fromEntries(
        SETTINGS.map((setting): [string, OptionSpec] => [
          flagOf(setting.name),
          ofRole(role, setting.roles, {
            type: 'string',
            value: setting.value,
            ...(setting.kind === 'yes-or-no' ? { bare: true } : {}),
            ...(setting.name === 'tokenFile' ? { stdin: true } : {}),
            describe: settingHelp(setting),
          }),
        ]),
      ),
    },
    examples: only
      ? ONLY_EXAMPLES
      : EXAMPLES.filter(({ of }) => of === undefined || role === undefined || of === role),
    epilogue: {
      en: `Settings may also come from the environment (EDGELIFT_NODE_IP for --node-ip), from the file given with --config, or from the archive's install.yaml.
Precedence: flag, environment, --config, install.yaml, previous installation, default.
Exit codes: 0 done, 1 failed, 2 usage, 3 refused by preflight, 4 integrity or signature, 5 interrupted (run it again).`,
      zh: `安装参数也可以通过环境变量（--node-ip 对应 EDGELIFT_NODE_IP）、--config 指定的文件或离线包中的 install.yaml 设置。
优先级：命令行 > 环境变量 > --config > install.yaml > 上次安装的参数 > 默认值。
退出码：0 完成，1 失败，2 用法错误，3 预检未通过，4 完整性或签名错误，5 中断（重新执行即可）。`,
    },
    load: async () => (await import('./install.ts')).installCommand,
  }
}

const ONLY_KUBEEDGE = {
  en: 'install only KubeEdge, on an existing cluster',
  zh: '仅在已有集群上安装 KubeEdge',
}

const ONLY_COMMAND = { ...ONLY_KUBEEDGE, en: 'Install only KubeEdge, on an existing cluster' }

const ONLY_EXAMPLES = [
  {
    line: `${KUBEEDGE_ONLY} --dry-run --kubeconfig /etc/kubernetes/admin.conf`,
    text: { en: 'show preflight findings and the plan, change nothing', zh: '只显示预检结果与计划' },
  },
  {
    line: `${KUBEEDGE_ONLY} --yes --kubeconfig /etc/kubernetes/admin.conf`,
    text: { en: 'install KubeEdge unattended', zh: '无人值守安装 KubeEdge' },
  },
]

const EXAMPLES: readonly {
  readonly line: string
  readonly text: { readonly en: string; readonly zh: string }
  readonly of?: Role
}[] = [
  {
    line: './install.sh --dry-run',
    text: { en: 'show preflight findings and the plan, change nothing', zh: '只显示预检结果与计划' },
  },
  {
    line: './install.sh',
    text: { en: 'install; asks for missing settings', zh: '安装，缺少的参数会询问' },
  },
  {
    line: './install.sh --yes --node-ip 10.0.0.1 --advertise-addresses 10.0.0.1,cloud.example.com',
    text: { en: 'install a cloud node unattended', zh: '无人值守安装云端' },
    of: 'cloud',
  },
  {
    line: './install.sh --yes --config edge-join.yaml',
    text: { en: 'install an edge node unattended', zh: '无人值守安装边缘节点' },
    of: 'edge',
  },
  {
    line: './install.sh --yes --cloud 10.0.0.1 --token-file - < token',
    text: {
      en: 'install an edge node with the token from standard input',
      zh: '安装边缘节点，从标准输入读取接入令牌',
    },
    of: 'edge',
  },
]
