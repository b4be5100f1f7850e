import { archOf, PATHS, type Role } from '@edgelift/bundle'
import { EDGELIFT_VERSION, type Lang } from '@edgelift/core'
import type { ArchivePlan } from './archive-plan.ts'

/** `README.txt`: what this archive is and how to use it, in both languages, at most 80 columns wide. */
export function readmeFile(plan: ArchivePlan): string {
  const line = `${'-'.repeat(78)}\n\n`
  return [LANGUAGE, placeholderNotice(plan), pageOf(plan, 'zh'), line, pageOf(plan, 'en')].join('')
}

/** First of all, for readers who get English messages on a machine without a locale. */
const LANGUAGE = `中文提示：在命令前加 EDGELIFT_LANG=zh，例如
    sudo EDGELIFT_LANG=zh ./install.sh
手册：docs/zh-CN/operator.md        Handbook: docs/en/operator.md

`

function placeholderNotice({ placeholders }: ArchivePlan): string {
  if (placeholders.length === 0) return ''
  return `本离线包含有占位文件，仅用于演示与测试，安装程序会拒绝安装。
This archive contains placeholders. It is for demonstration and tests only;
the installer refuses to install it.

`
}

function pageOf(plan: ArchivePlan, lang: Lang): string {
  const versions = Object.entries(plan.versions)
    .map(([name, version]) => `    ${name} ${version}`)
    .join('\n')
  const body = lang === 'zh' ? CHINESE[plan.role] : ENGLISH[plan.role]
  const [check, rest] = lang === 'zh' ? [CHECK_ZH, REST_ZH] : [CHECK_EN, REST_EN]
  const made =
    lang === 'zh' ? `由 edgelift ${EDGELIFT_VERSION} 生成。` : `Built by edgelift ${EDGELIFT_VERSION}.`
  return `${plan.name}
${TITLE[lang][plan.role]} (${archOf(plan.platform)})

${VERSIONS[lang]}
${versions}

${check}${body}${rest}
${made}
`
}

/** Of both roles: an edge's archive holds neither K3s nor helm. */
const VERSIONS: Readonly<Record<Lang, string>> = {
  zh: '发布中的组件版本（云端与边缘）：',
  en: 'Component versions of the release, of cloud and edge:',
}

const TITLE: Readonly<Record<Lang, Readonly<Record<Role, string>>>> = {
  zh: { cloud: 'KubeEdge 云端离线包', edge: 'KubeEdge 边缘离线包' },
  en: {
    cloud: 'Offline installation of a KubeEdge cloud node',
    edge: 'Offline installation of a KubeEdge edge node',
  },
}

const CHECK_ZH = `一、校验（前两行用本机自带的程序，请先于包内任何程序运行）
    minisign -V -p KEY.pub -m ${PATHS.sums}
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
  第一行用于已签名的离线包，公钥请通过其他途径获取。
  修改 ${PATHS.answers} 是允许的：此后 sha256sum 会对它显示 FAILED，
  ./edgelift audit 则会通过。其他文件不应有差异。
`

const CHECK_EN = `1. Check, first with two programs of this machine, then with this archive's
    minisign -V -p KEY.pub -m ${PATHS.sums}
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
  The first line is for signed archives; get the key through another channel.
  Editing ${PATHS.answers} is allowed: sha256sum then reports FAILED for it, while
  ./edgelift audit passes. No other file may differ.
`

const CHINESE: Readonly<Record<Role, string>> = {
  cloud: `二、安装（全程不访问外网）
    sudo ./install.sh --dry-run    只显示预检结果与计划
    sudo ./install.sh              缺少的参数会询问；--yes 则不询问
  无人值守：在 ${PATHS.answers} 中设置安装参数，然后执行 ./install.sh --yes。
  已有集群：sudo ./install-kubeedge-only.sh --kubeconfig FILE
三、接入边缘节点
    sudo ./edgelift token --join edge-join.yaml
  生成接入文件（权限 0600），请通过安全的方式复制到边缘节点。
  接入令牌最长有效 24 小时，过期后重新生成；--valid 30d 可延长。
四、手动安装 EdgeMesh（可选）
  见 docs/zh-CN/manual-path.md。
`,
  edge: `二、安装（只访问云端节点）
  先在云端执行 sudo ./edgelift token --join edge-join.yaml，并将该文件
  复制到本目录，然后：
    sudo ./install.sh --dry-run --config edge-join.yaml
    sudo ./install.sh --yes --config edge-join.yaml
  没有接入文件时，sudo ./install.sh 会询问云端地址与接入令牌。
三、批量部署
  各节点相同的安装参数写在 ${PATHS.answers} 中，其余由 edge-join.yaml 提供。
`,
}

const ENGLISH: Readonly<Record<Role, string>> = {
  cloud: `2. Install (no other network is reached)
    sudo ./install.sh --dry-run    shows preflight findings and the plan
    sudo ./install.sh              asks for missing settings; --yes does not
  Unattended: write settings to ${PATHS.answers}, then run ./install.sh --yes.
  Existing cluster: sudo ./install-kubeedge-only.sh --kubeconfig FILE
3. Join edge nodes
    sudo ./edgelift token --join edge-join.yaml
  writes a join file (mode 0600). Copy it to the edge over a secure channel.
  The token is valid for 24 hours at most; create a new one after that, or
  one that lasts longer with --valid 30d.
4. EdgeMesh by hand (optional)
  See docs/en/manual-path.md.
`,
  edge: `2. Install (only the cloud node is contacted)
  On the cloud node, run sudo ./edgelift token --join edge-join.yaml and copy
  that file to this directory. Then:
    sudo ./install.sh --dry-run --config edge-join.yaml
    sudo ./install.sh --yes --config edge-join.yaml
  Without a join file, sudo ./install.sh asks for the cloud and its token.
3. Many nodes
  Shared settings go to ${PATHS.answers}; edge-join.yaml adds the rest.
`,
}

const REST_ZH = `验证与排查
    sudo ./edgelift verify         是否一切正常（检查项 V1 至 V7 与功能测试）
    sudo ./edgelift status         已安装的内容与操作记录
    sudo ./edgelift doctor         诊断问题；--bundle FILE.tar.gz 生成诊断包
卸载
    sudo ./cleanup.sh              --purge 同时删除 PSK、日志和数据

docs/ 手册，images/ 镜像，runtime/ 安装程序的运行环境，${PATHS.manifest} 清单，
${PATHS.sbom} 软件物料清单，${PATHS.provenance} 构建来源，${PATHS.imageList} 镜像列表。
`

const REST_EN = `Verify and diagnose
    sudo ./edgelift verify         is everything working? (V1 to V7 and a test)
    sudo ./edgelift status         what is installed, and the journal
    sudo ./edgelift doctor         finds problems; --bundle FILE.tar.gz collects
                                   a support bundle
Remove
    sudo ./cleanup.sh              --purge also removes the PSK, logs and data

docs/ handbook, images/ images, runtime/ the installer's runtime, ${PATHS.manifest}
the list of all files, ${PATHS.sbom} bill of materials, ${PATHS.provenance},
${PATHS.imageList} image references.
`
