import type { ArchivePlan } from './archive-plan.ts'

/** `install.yaml`: every setting of the role, explained in both languages and commented out. */
export function answersFile(plan: ArchivePlan): string {
  const body = plan.role === 'cloud' ? cloudAnswers(plan) : edgeAnswers(plan)
  return `${HEAD}${body.join('\n')}`
}

const HEAD = `# Settings of the installation. Remove the # in front of what you want to set.
# Each can also be given as a flag (--node-ip) or in the environment (EDGELIFT_NODE_IP). Precedence: flag, environment,
# the file of --config, this file, the previous installation on this machine, the default.
# Paths are relative to this file's folder. Write no secrets here: name the files that hold them.
# ./install.sh --dry-run shows the settings in effect and changes nothing.
#
# 安装参数。去掉行首的 # 即可生效。
# 每个参数也可以通过命令行（--node-ip）或环境变量（EDGELIFT_NODE_IP）设置。优先级：命令行 > 环境变量 > --config 指定的文件 >
# 本文件 > 上次安装的参数 > 默认值。路径相对于本文件所在目录。请勿写入机密，只写保存机密的文件名。
# ./install.sh --dry-run 显示生效的参数，不做任何更改。
---
`

function cloudAnswers(plan: ArchivePlan): string[] {
  return [
    ...NODE,
    answer({
      en: 'Addresses at which edge nodes reach this cloud node; its certificates cover them. Default: nodeIp.',
      zh: '边缘节点访问云端所用的地址，会写入证书。默认：nodeIp。',
      yaml: ['advertiseAddresses: [192.0.2.10, cloud.example.com]'],
    }),
    ...(plan.options.some((option) => option.name === 'edgemesh')
      ? [
          answer({
            en: 'Whether to install EdgeMesh. Default: true.',
            zh: '是否安装 EdgeMesh。默认：true。',
            yaml: ['edgemesh: true'],
          }),
          answer({
            en: 'EdgeMesh relay nodes, several with stable addresses for high availability. Default: this node.',
            zh: 'EdgeMesh 中继节点：生产环境建议多个且地址稳定。默认：本节点。',
            yaml: ['relayNodes:', '  - nodeName: k8s-master', '    advertiseAddress: [192.0.2.10]'],
          }),
          answer({
            en: "File with EdgeMesh's pre-shared key. Default: generated once, in edgemesh-psk.txt.",
            zh: '保存 EdgeMesh 预共享密钥（PSK）的文件。默认：首次自动生成，保存在 edgemesh-psk.txt。',
            yaml: ['pskFile: /root/edgemesh-psk.txt'],
          }),
        ]
      : []),
    answer({
      en: `K3s components not to install. Default: [${plan.settings.k3sDisable.join(', ')}].`,
      zh: `不安装的 K3s 组件。默认：[${plan.settings.k3sDisable.join(', ')}]。`,
      yaml: ['k3s:', `  disable: [${plan.settings.k3sDisable.join(', ')}]`],
    }),
    ...optionAnswers(plan),
  ]
}

function edgeAnswers(plan: ArchivePlan): string[] {
  return [
    answer({
      en: 'Address of the cloud node; add :port if CloudHub is not at 10000. Required.',
      zh: '云端节点的地址或主机名；CloudHub 端口不是 10000 时加 :端口。必填。',
      yaml: ['cloud: 192.0.2.10:10000'],
    }),
    answer({
      en: 'File with the join token (./edgelift token on the cloud node prints one), or - for standard input. Required.',
      zh: '保存接入令牌的文件（在云端用 ./edgelift token 生成），- 表示标准输入。必填。',
      yaml: ['tokenFile: ./join-token'],
    }),
    ...NODE,
    answer({
      en: 'Labels of the node.',
      zh: '节点标签。',
      yaml: ['labels:', '  site: plant-7'],
    }),
    answer({
      en: 'Taints of the node: key=value:Effect.',
      zh: '节点污点：key=value:Effect。',
      yaml: ['taints: ["dedicated=edge:NoSchedule"]'],
    }),
    answer({
      en: 'bundled: the containerd of this archive. existing: the one that runs on this machine. Default: bundled.',
      zh: 'bundled：使用离线包中的 containerd。existing：使用本机已有的 containerd。默认：bundled。',
      yaml: ['containerd: bundled'],
    }),
    ...optionAnswers(plan),
  ]
}

const NODE: readonly string[] = [
  answer({
    en: 'IP address of this node. Default: the one of the default route.',
    zh: '本节点的 IP 地址。默认：默认路由所用地址。',
    yaml: ['nodeIp: 192.0.2.10'],
  }),
  answer({
    en: 'Name of this node in the cluster. Default: the lower-case host name.',
    zh: '本节点在集群中的名称。默认：小写主机名。',
    yaml: ['nodeName: node-1'],
  }),
]

function optionAnswers(plan: ArchivePlan): string[] {
  const options = plan.options.filter((option) => option.name !== 'edgemesh')
  const [first] = options
  if (first === undefined) return []
  return [
    answer({
      en: `Optional components to install:${options.map(({ name, title }) => `\n  ${name}: ${title.en}`).join('')}`,
      zh: `要安装的可选组件：${options.map(({ name, title }) => `\n  ${name}：${title.zh}`).join('')}`,
      yaml: [`options: [${first.name}]`],
    }),
  ]
}

function answer({ en, zh, yaml }: { en: string; zh: string; yaml: readonly string[] }): string {
  const words = `${en}\n${zh}`.split('\n').map((line) => `# ${line}`)
  return [...words, ...yaml.map((line) => `#${line}`), ''].join('\n')
}
