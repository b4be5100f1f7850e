// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are templates of releases
import type { Lang } from '@edgelift/core'
import { annotated, type Section } from './annotated.ts'

/** The release that edgelift ships: what a release of one's own starts from. */
export const SHIPPED_RELEASE = 'kubeedge-1.22.0'

/** A release of one's own that changes nothing yet of {@link SHIPPED_RELEASE}, with an example for each kind of part. */
export function releaseFile(name: string, lang: Lang): string {
  return annotated(sections(name), lang)
}

function sections(name: string): readonly Section[] {
  return [
    {
      note: {
        en: `What goes into the archives of ${name}. Everything that is not set here comes from the release it extends.\nMaps are merged key by key, lists are replaced, and null removes an entry.\nCheck this file without network access: edgelift lint ${name}.yaml`,
        zh: `${name} 的发布清单：决定离线包的内容。此处未设置的内容沿用 extends 所指的发布。\n映射按键合并，列表整体替换，null 表示删除该项。\n无需联网即可检查本文件：edgelift lint ${name}.yaml`,
      },
      active: `extends: ${SHIPPED_RELEASE}`,
    },
    {
      note: {
        en: `A lock file belongs to this name and version. Raise the version with every change that you ship,\nthen run lock again. A node is upgraded only by a release of the same name whose version is not older:\nwhere nodes have the shipped release, write name: kubeedge and version: 1.22.0+${name}.1.`,
        zh: `锁定文件对应此名称和版本。每次交付变更时请提升版本号，并重新执行 lock。\n节点只能升级到同名且版本不更旧的发布：节点上已安装内置发布时，请写 name: kubeedge 和 version: 1.22.0+${name}.1。`,
      },
      active: `name: ${name}\nversion: 0.1.0`,
    },
    {
      note: {
        en: 'File names of the archives without .tar.gz, one per role. ${version} is the version above, ${arch} becomes amd64 or arm64.\nSet a role to null when you do not need it.',
        zh: '离线包的文件名（不含 .tar.gz），每种角色一个。${version} 即上面的版本，${arch} 会替换为 amd64 或 arm64。\n不需要的角色请设为 null。',
      },
      active: `archives:\n  cloud: ${name}-cloud-\${version}-\${arch}\n  edge: ${name}-edge-\${version}-\${arch}`,
    },
    {
      note: {
        en: 'Build for these platforms only (default: linux/amd64 and linux/arm64).',
        zh: '只为这些平台构建（默认：linux/amd64 和 linux/arm64）。',
      },
      example: 'platforms: [linux/amd64]',
    },
    {
      note: {
        en: 'Versions of your own components. Anywhere below, ${line-app} stands for the version set here.',
        zh: '自有组件的版本。下文可用 ${line-app} 引用此处的版本。',
      },
      example: 'versions:\n  line-app: 1.0.0',
    },
    {
      note: {
        en: 'Optional components that an operator can choose at installation. When you remove one (null), remove its images and charts too.',
        zh: '安装时可选的组件。删除某个组件（null）时，请一并删除对应的镜像和 chart。',
      },
      example:
        'options:\n  gateway: null\n  line-metrics:\n    title: { en: Metrics of the production line, zh: 产线指标 }',
    },
    {
      note: {
        en: 'Images of your applications, with a fixed tag. The lock pins the digest for each platform.',
        zh: '应用镜像，须使用固定标签。锁定文件记录各平台的摘要。',
      },
      example:
        'images:\n  edgemesh-gateway: null\n  line-app:\n    reference: registry.example.com/line/app:${line-app}\n    roles: [edge]\n    license: Apache-2.0',
    },
    {
      note: {
        en: 'Files to download; they lie in the archive, and nothing is run or applied. With kubernetes: true, lock checks that every\nimage of their pods is in the archive; apply them on the cloud node: k3s kubectl apply -f apps/line.yaml',
        zh: '需要下载的文件：只放入离线包，不会运行或应用。设置 kubernetes: true 后，lock 会检查其中 Pod 所需镜像是否都在离线包中；\n请在云端节点上应用：k3s kubectl apply -f apps/line.yaml',
      },
      example:
        'files:\n  line-objects:\n    roles: [cloud]\n    path: apps/line.yaml\n    url: https://files.example.com/line/${line-app}/line.yaml\n    checksum: { url: "https://files.example.com/line/${line-app}/SHA256SUMS" }\n    kubernetes: true',
    },
    {
      note: {
        en: 'Helm charts. The installer installs, upgrades and removes each one with these values; lock renders it with the same values.',
        zh: 'Helm chart。安装程序使用这里的 values 安装、升级和移除；lock 使用同样的 values 渲染。',
      },
      example:
        'charts:\n  edgemesh-gateway: null\n  line-metrics:\n    roles: [cloud]\n    path: helm-charts/line-metrics.tgz\n    url: https://files.example.com/charts/line-metrics-${line-app}.tgz\n    release: line-metrics\n    namespace: line\n    when: { option: line-metrics }\n    values: { replicas: 1 }',
    },
  ]
}
