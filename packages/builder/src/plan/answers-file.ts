import type { ArchivePlan } from './archive-plan.ts'

/** `install.yaml`: every answer of the role, explained in both languages and commented out. */
export function answersFile(plan: ArchivePlan): string {
  const body = plan.role === 'cloud' ? cloudAnswers(plan) : edgeAnswers(plan)
  return `${HEAD}${body.join('\n')}`
}

const HEAD = `# Answers for an unattended installation. Take away the # before what you want to say.
# Everything here can also be given as a flag (--node-ip) or in the environment (EDGELIFT_NODE_IP). The order is: flag,
# environment, the file of --config, this file, what this machine was installed with before, the default.
# Paths are relative to this file's folder. No secret belongs into this file: name the files that hold them.
# ./install.sh --dry-run shows what comes of it, and changes nothing.
#
# 无人值守安装的答案。去掉行首的 # 即可生效。
# 每一项也可以用参数（--node-ip）或环境变量（EDGELIFT_NODE_IP）给出。优先级：参数 > 环境变量 > --config 指定的文件 >
# 本文件 > 本机上次安装时的答案 > 默认值。路径相对于本文件所在目录。请勿在此写入任何机密，只写保存机密的文件名。
# ./install.sh --dry-run 可查看效果，不做任何更改。
---
`

function cloudAnswers(plan: ArchivePlan): string[] {
  return [
    ...NODE,
    answer({
      en: 'Addresses by which edge nodes reach this cloud; they are written into its certificates. Default: nodeIp.',
      zh: '边缘节点访问云端所用的地址，会写入证书。默认：nodeIp。',
      yaml: ['advertiseAddresses: [192.0.2.10, cloud.example.com]'],
    }),
    ...(plan.options.some((option) => option.name === 'edgemesh')
      ? [
          answer({
            en: 'Whether EdgeMesh is installed. Default: true.',
            zh: '是否安装 EdgeMesh。默认：true。',
            yaml: ['edgemesh: true'],
          }),
          answer({
            en: 'EdgeMesh relays: several stable ones for high availability. Default: this node.',
            zh: 'EdgeMesh 中继节点：生产环境建议多个且地址稳定。默认：本节点。',
            yaml: ['relayNodes:', '  - nodeName: k8s-master', '    advertiseAddress: [192.0.2.10]'],
          }),
          answer({
            en: 'A file with the EdgeMesh pre-shared key. Default: one is made and kept in edgemesh-psk.txt.',
            zh: '保存 EdgeMesh 预共享密钥的文件。默认：自动生成并保存到 edgemesh-psk.txt。',
            yaml: ['pskFile: /root/edgemesh-psk.txt'],
          }),
        ]
      : []),
    answer({
      en: `Parts of K3s that are left out. Default: [${plan.settings.k3sDisable.join(', ')}].`,
      zh: `不安装的 K3s 组件。默认：[${plan.settings.k3sDisable.join(', ')}]。`,
      yaml: ['k3s:', `  disable: [${plan.settings.k3sDisable.join(', ')}]`],
    }),
    ...optionAnswers(plan),
  ]
}

function edgeAnswers(plan: ArchivePlan): string[] {
  return [
    answer({
      en: 'The cloud node: host, and :port when CloudHub is not on 10000. Needed.',
      zh: '云端节点：主机名或地址；CloudHub 端口不是 10000 时加 :端口。必填。',
      yaml: ['cloud: 192.0.2.10:10000'],
    }),
    answer({
      en: 'A file with the join token (./edgelift token on the cloud makes one), or - for standard input. Needed.',
      zh: '保存加入令牌的文件（在云端用 ./edgelift token 生成），- 表示标准输入。必填。',
      yaml: ['tokenFile: ./join-token'],
    }),
    ...NODE,
    answer({
      en: 'Labels of the node in the cluster.',
      zh: '节点在集群中的标签。',
      yaml: ['labels:', '  site: plant-7'],
    }),
    answer({
      en: 'Taints of the node: key=value:Effect.',
      zh: '节点污点：key=value:Effect。',
      yaml: ['taints: ["dedicated=edge:NoSchedule"]'],
    }),
    answer({
      en: 'bundled: containerd from this archive. existing: the one that runs here already. Default: bundled.',
      zh: 'bundled：使用本归档的 containerd。existing：使用本机已运行的。默认：bundled。',
      yaml: ['containerd: bundled'],
    }),
    ...optionAnswers(plan),
  ]
}

const NODE: readonly string[] = [
  answer({
    en: 'IP address of this node. Default: that of the default route.',
    zh: '本节点的 IP 地址。默认：默认路由所用地址。',
    yaml: ['nodeIp: 192.0.2.10'],
  }),
  answer({
    en: 'Name of this node in the cluster. Default: the host name in lower case.',
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
      en: `What is installed besides, from this list:${options.map(({ name, title }) => `\n  ${name}: ${title.en}`).join('')}`,
      zh: `另外安装的组件，可选：${options.map(({ name, title }) => `\n  ${name}：${title.zh}`).join('')}`,
      yaml: [`options: [${first.name}]`],
    }),
  ]
}

function answer({ en, zh, yaml }: { en: string; zh: string; yaml: readonly string[] }): string {
  const words = `${en}\n${zh}`.split('\n').map((line) => `# ${line}`)
  return [...words, ...yaml.map((line) => `#${line}`), ''].join('\n')
}
