import type { Text } from '@edgelift/core'
import type { Role } from '../manifest.ts'

/** How a setting is written in a flag or in the environment. In `install.yaml` it has YAML's own types. */
export type SettingKind =
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

export interface Setting {
  /** In `install.yaml`; a dot stands for a map inside a map. */
  readonly name: string
  readonly roles: readonly Role[]
  readonly kind: SettingKind
  /** How the value looks in a flag. */
  readonly value: string
  /** A phrase without a full stop. */
  readonly describe: Text
  /** What holds without it; absent where it may be left out without a substitute. */
  readonly default?: Text
  /** It has none, and the installation asks for it. */
  readonly required?: true
  /** How it looks in `install.yaml`, line by line. */
  readonly example: readonly string[]
  /** An option of the release without which it means nothing. */
  readonly option?: string
}

/**
 * Every setting of an installation. Flags, environment variables, `--help`, `install.yaml`, the JSON Schemas and the
 * pages about settings come from this table; the installer checks values (`packages/installer/src/settings`).
 */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'cloud',
    roles: ['edge'],
    kind: 'text',
    value: 'HOST[:PORT]',
    describe: {
      en: "address of the cloud node; PORT is CloudHub's, 10000 where it is left out",
      zh: '云端节点的地址或主机名；PORT 为 CloudHub 端口，省略时为 10000',
    },
    required: true,
    example: ['cloud: 192.0.2.10:10000'],
  },
  {
    name: 'tokenFile',
    roles: ['edge'],
    kind: 'file',
    value: 'FILE',
    describe: {
      en: 'file with the join token (./edgelift token on the cloud node prints one); - is standard input',
      zh: '接入令牌文件（在云端用 ./edgelift token 生成）；- 表示标准输入',
    },
    required: true,
    example: ['tokenFile: ./join-token'],
  },
  {
    name: 'nodeIp',
    roles: ['cloud', 'edge'],
    kind: 'text',
    value: 'ADDRESS',
    describe: { en: 'IP address of this node', zh: '本节点的 IP 地址' },
    default: {
      en: 'one that other nodes can reach, that of the default route first',
      zh: '其他节点可访问的地址，默认路由所用地址优先',
    },
    example: ['nodeIp: 192.0.2.10'],
  },
  {
    name: 'nodeName',
    roles: ['cloud', 'edge'],
    kind: 'text',
    value: 'NAME',
    describe: { en: 'name of this node in the cluster', zh: '本节点在集群中的名称' },
    default: { en: 'lower-case host name', zh: '小写主机名' },
    example: ['nodeName: node-1'],
  },
  {
    name: 'advertiseAddresses',
    roles: ['cloud'],
    kind: 'list',
    value: 'HOST,HOST',
    describe: {
      en: 'addresses at which edge nodes reach this cloud node; its certificates cover them',
      zh: '边缘节点访问云端所用的地址，会写入证书',
    },
    default: { en: 'nodeIp', zh: 'nodeIp' },
    example: ['advertiseAddresses: [192.0.2.10, cloud.example.com]'],
  },
  {
    name: 'edgemesh',
    roles: ['cloud'],
    kind: 'yes-or-no',
    value: 'yes|no',
    describe: { en: 'whether to install EdgeMesh', zh: '是否安装 EdgeMesh' },
    default: { en: 'yes', zh: 'yes' },
    example: ['edgemesh: true'],
    option: 'edgemesh',
  },
  {
    name: 'relayNodes',
    roles: ['cloud'],
    kind: 'relays',
    value: 'NODE=HOST+HOST,…',
    describe: {
      en: 'EdgeMesh relay nodes and their addresses; several with stable addresses for high availability',
      zh: 'EdgeMesh 中继节点及其地址；高可用环境建议设置多个地址稳定的节点',
    },
    default: { en: 'this node', zh: '本节点' },
    example: ['relayNodes:', '  - nodeName: k8s-master', '    advertiseAddress: [192.0.2.10]'],
    option: 'edgemesh',
  },
  {
    name: 'pskFile',
    roles: ['cloud'],
    kind: 'file',
    value: 'FILE',
    describe: {
      en: "file with EdgeMesh's pre-shared key",
      zh: '保存 EdgeMesh 预共享密钥（PSK）的文件',
    },
    default: { en: 'generated once, in edgemesh-psk.txt', zh: '首次自动生成，保存在 edgemesh-psk.txt' },
    example: ['pskFile: /root/edgemesh-psk.txt'],
    option: 'edgemesh',
  },
  {
    name: 'meshRefresh',
    roles: ['cloud'],
    kind: 'yes-or-no',
    value: 'yes|no',
    describe: {
      en: 'whether a service on this node has edges fetch current Endpoints after CloudCore has restarted',
      zh: '是否安装网格刷新服务：CloudCore 重启后，使边缘节点获取最新的 Endpoints',
    },
    default: { en: 'yes', zh: 'yes' },
    example: ['meshRefresh: true'],
    option: 'edgemesh',
  },
  {
    name: 'k3s.disable',
    roles: ['cloud'],
    kind: 'list',
    value: 'NAME,NAME',
    describe: {
      en: 'K3s components not to install, besides those that the archive has no images for',
      zh: '不安装的 K3s 组件（离线包不含镜像的组件始终不安装）',
    },
    example: ['k3s:', '  disable: [metrics-server]'],
  },
  {
    name: 'labels',
    roles: ['edge'],
    kind: 'labels',
    value: 'KEY=VALUE,…',
    describe: { en: 'labels of the node', zh: '节点标签' },
    example: ['labels:', '  site: plant-7'],
  },
  {
    name: 'taints',
    roles: ['edge'],
    kind: 'list',
    value: 'KEY=VALUE:EFFECT,…',
    describe: { en: 'taints of the node', zh: '节点污点' },
    example: ['taints: ["dedicated=edge:NoSchedule"]'],
  },
  {
    name: 'containerd',
    roles: ['edge'],
    kind: 'text',
    value: 'bundled|existing',
    describe: {
      en: "bundled: the archive's containerd; existing: the one of this machine",
      zh: 'bundled：离线包自带的 containerd；existing：本机已有的 containerd',
    },
    default: { en: 'bundled', zh: 'bundled' },
    example: ['containerd: bundled'],
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
    example: ['options: []'],
  },
  {
    name: 'keepPrevious',
    roles: ['cloud', 'edge'],
    kind: 'yes-or-no',
    value: 'yes|no',
    describe: {
      en: 'whether an upgrade keeps the previous release (images and a copy) for ./edgelift rollback',
      zh: '升级后是否保留上一发布（镜像与备份），以便 ./edgelift rollback 回退',
    },
    default: { en: 'no', zh: 'no' },
    example: ['keepPrevious: true'],
  },
]

/** `k3s.disable` is `--k3s-disable` on the command line. */
export function flagOf(name: string): string {
  return name.replace(/\./g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `k3s.disable` is `EDGELIFT_K3S_DISABLE` in the environment. */
export function variableOf(name: string): string {
  return `EDGELIFT_${flagOf(name).replace(/-/g, '_').toUpperCase()}`
}

/** One line for `--help`: `name of this node in the cluster (default: lower-case host name)`. */
export function settingHelp({ describe, default: fallback, required }: Setting): Text {
  if (required) return { en: `${describe.en} (required)`, zh: `${describe.zh}（必填）` }
  if (fallback === undefined) return describe
  return { en: `${describe.en} (default: ${fallback.en})`, zh: `${describe.zh}（默认：${fallback.zh}）` }
}
