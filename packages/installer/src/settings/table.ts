import type { Role } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'

/** How a setting is written in a flag or in the environment. In `install.yaml` it has YAML's own types. */
export type AnswerKind =
  | 'text'
  /** A path: of the working directory, or of the folder of the file that names it. `-` is standard input. */
  | 'file'
  | 'yes-or-no'
  /** `a,b,c` */
  | 'list'
  /** `key=value,key=value` */
  | 'labels'
  /** `node=address+address,node=address` */
  | 'relays'

export interface AnswerSpec {
  readonly name: string
  readonly roles: readonly Role[]
  readonly kind: AnswerKind
  /** How the value looks, for the help. */
  readonly value: string
  readonly describe: Text
}

/** Every setting of an installation: flags, environment, `install.yaml` and the help come from this table. */
export const ANSWERS = [
  {
    name: 'nodeIp',
    roles: ['cloud', 'edge'],
    kind: 'text',
    value: 'ADDRESS',
    describe: {
      en: 'IP address of this node (default: that of the default route)',
      zh: '本节点 IP 地址（默认为默认路由所用地址）',
    },
  },
  {
    name: 'nodeName',
    roles: ['cloud', 'edge'],
    kind: 'text',
    value: 'NAME',
    describe: {
      en: 'name of this node in the cluster (default: lower-case host name)',
      zh: '本节点名称（默认为小写主机名）',
    },
  },
  {
    name: 'advertiseAddresses',
    roles: ['cloud'],
    kind: 'list',
    value: 'HOST,HOST',
    describe: {
      en: 'addresses at which edge nodes reach this cloud node (default: nodeIp)',
      zh: '边缘节点访问云端所用的地址（默认 nodeIp）',
    },
  },
  {
    name: 'edgemesh',
    roles: ['cloud'],
    kind: 'yes-or-no',
    value: 'yes|no',
    describe: { en: 'install EdgeMesh (default: yes)', zh: '安装 EdgeMesh（默认是）' },
  },
  {
    name: 'relayNodes',
    roles: ['cloud'],
    kind: 'relays',
    value: 'NODE=HOST+HOST,…',
    describe: {
      en: 'EdgeMesh relay nodes and their addresses (default: this node)',
      zh: 'EdgeMesh 中继节点及其地址（默认本节点）',
    },
  },
  {
    name: 'pskFile',
    roles: ['cloud'],
    kind: 'file',
    value: 'FILE',
    describe: {
      en: "file with EdgeMesh's pre-shared key (default: generated once, edgemesh-psk.txt)",
      zh: 'EdgeMesh 预共享密钥（PSK）文件（默认首次自动生成 edgemesh-psk.txt）',
    },
  },
  {
    name: 'k3s.disable',
    roles: ['cloud'],
    kind: 'list',
    value: 'NAME,NAME',
    describe: { en: 'K3s components not to install', zh: 'K3s 不安装的组件' },
  },
  {
    name: 'options',
    roles: ['cloud', 'edge'],
    kind: 'list',
    value: 'NAME,NAME',
    describe: {
      en: 'optional components to install; install.yaml lists them',
      zh: '要安装的可选组件，列表见 install.yaml',
    },
  },
  {
    name: 'cloud',
    roles: ['edge'],
    kind: 'text',
    value: 'HOST[:PORT]',
    describe: {
      en: "the cloud node's address; PORT is CloudHub's (default: 10000)",
      zh: '云端地址；PORT 为 CloudHub 端口（默认 10000）',
    },
  },
  {
    name: 'tokenFile',
    roles: ['edge'],
    kind: 'file',
    value: 'FILE',
    describe: {
      en: 'file with the join token (./edgelift token on the cloud node); - is standard input',
      zh: '接入令牌文件（在云端用 ./edgelift token 生成）；- 表示标准输入',
    },
  },
  {
    name: 'labels',
    roles: ['edge'],
    kind: 'labels',
    value: 'KEY=VALUE,…',
    describe: { en: 'labels of the node', zh: '节点标签' },
  },
  {
    name: 'taints',
    roles: ['edge'],
    kind: 'list',
    value: 'KEY=VALUE:EFFECT,…',
    describe: { en: 'taints of the node', zh: '节点污点' },
  },
  {
    name: 'containerd',
    roles: ['edge'],
    kind: 'text',
    value: 'bundled|existing',
    describe: {
      en: "the archive's containerd, or the existing one of this machine (default: bundled)",
      zh: '使用离线包自带的，或本机已有的 containerd（默认 bundled）',
    },
  },
] as const satisfies readonly AnswerSpec[]

/** `k3s.disable` is `--k3s-disable` on the command line. */
export function flagOf(name: string): string {
  return name.replace(/\./g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `k3s.disable` is `EDGELIFT_K3S_DISABLE` in the environment. */
export function variableOf(name: string): string {
  return `EDGELIFT_${flagOf(name).replace(/-/g, '_').toUpperCase()}`
}
