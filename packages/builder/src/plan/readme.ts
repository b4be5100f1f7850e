import { archOf, PATHS } from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import type { ArchivePlan } from './archive-plan.ts'

/** `README.txt`: what this archive is and how it is used, in both languages, for a reader without a network. */
export function readmeFile(plan: ArchivePlan): string {
  const sections =
    plan.role === 'cloud' ? [cloudChinese(plan), cloudEnglish(plan)] : [edgeChinese(plan), edgeEnglish(plan)]
  return `${[...placeholderNotice(plan), ...sections].join(`\n${'-'.repeat(78)}\n\n`)}`
}

function placeholderNotice(plan: ArchivePlan): string[] {
  if (plan.placeholders.length === 0) return []
  return [
    `本归档含有替代内容，仅用于演示与测试，安装程序会拒绝安装。
This archive holds placeholders for real programs. It is for demonstration and tests; the installer refuses it.
`,
  ]
}

function versionsLine(plan: ArchivePlan): string {
  return Object.entries(plan.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function cloudChinese(plan: ArchivePlan): string {
  return `${plan.name}
KubeEdge 云端离线安装包（${archOf(plan.platform)}）

组件：${versionsLine(plan)}

一、核对
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
二、安装（全程不访问外网）
    sudo ./install.sh              终端上会逐项询问；--yes 使用默认值；--dry-run 只显示计划
    sudo ./install.sh --config install.yaml     无人值守安装，各项说明见 install.yaml
    sudo ./install-kubeedge-only.sh --kubeconfig FILE    在已有集群上只安装 KubeEdge
三、接入边缘节点
    sudo ./edgelift token --join edge-join.yaml  生成加入文件（权限 0600），安全地复制到边缘节点
    令牌最长有效 24 小时，过期后重新生成。
四、检查与排错
    sudo ./edgelift verify         逐项检查 V1-V7 和功能测试
    sudo ./edgelift status         已安装内容与安装日志
    sudo ./edgelift doctor         诊断问题；--bundle FILE.tar.gz 收集不含机密的支持包
五、手工安装 EdgeMesh（可选）
    kubectl apply -f ${PATHS.istioCrds}/
    ${PATHS.helm} install edgemesh ./${PATHS.charts}/edgemesh.tgz --namespace kubeedge ...
六、卸载
    sudo ./cleanup.sh              --purge 同时删除 PSK、日志和数据

目录：images/ 镜像，${PATHS.charts}/ Helm Chart，${PATHS.istioCrds}/ Istio CRD，runtime/ 安装程序的运行环境，
manifest.json 完整清单，${PATHS.sbom} 物料清单，${PATHS.provenance} 来源证明，images.txt 镜像列表。
由 edgelift ${EDGELIFT_VERSION} 生成。
`
}

function cloudEnglish(plan: ArchivePlan): string {
  return `${plan.name}
Offline installation of the KubeEdge cloud side (${archOf(plan.platform)})

Components: ${versionsLine(plan)}

1. Check
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
2. Install (nothing reaches any other network)
    sudo ./install.sh              asks on a terminal; --yes takes the defaults; --dry-run shows the plan
    sudo ./install.sh --config install.yaml     unattended; install.yaml explains every answer
    sudo ./install-kubeedge-only.sh --kubeconfig FILE    KubeEdge alone, on a cluster that is there
3. Join edge nodes
    sudo ./edgelift token --join edge-join.yaml  writes a join file (mode 0600): copy it to the edge by a safe way
    A token lives for 24 hours at most; make a new one after that.
4. Verify and diagnose
    sudo ./edgelift verify         the checks V1-V7 and the functional test
    sudo ./edgelift status         what is installed, and the journal
    sudo ./edgelift doctor         what is wrong and what helps; --bundle FILE.tar.gz collects a support bundle
5. EdgeMesh by hand (optional)
    kubectl apply -f ${PATHS.istioCrds}/
    ${PATHS.helm} install edgemesh ./${PATHS.charts}/edgemesh.tgz --namespace kubeedge ...
6. Remove
    sudo ./cleanup.sh              --purge also removes the PSK, logs and data

Folders: images/, ${PATHS.charts}/, ${PATHS.istioCrds}/, runtime/ (what the installer runs on), manifest.json (the
whole list), ${PATHS.sbom} (bill of materials), ${PATHS.provenance}, images.txt (references).
Made by edgelift ${EDGELIFT_VERSION}.
`
}

function edgeChinese(plan: ArchivePlan): string {
  return `${plan.name}
KubeEdge 边缘端离线安装包（${archOf(plan.platform)}）

组件：${versionsLine(plan)}

一、核对
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
二、安装（只访问云端节点）
    sudo ./install.sh --config edge-join.yaml    使用云端 ./edgelift token --join 生成的文件
    sudo ./install.sh --cloud 192.0.2.10 --token-file FILE    或逐项给出；--dry-run 只显示计划
    批量部署：在 install.yaml 中写好答案后使用 --yes。
三、检查与排错
    sudo ./edgelift verify         逐项检查
    sudo ./edgelift status         已安装内容与安装日志
    sudo ./edgelift doctor         诊断问题；--bundle FILE.tar.gz 收集不含机密的支持包
四、卸载
    sudo ./cleanup.sh              --purge 同时删除日志和数据

目录：images/ 镜像，bin/ containerd，cni/bin/ CNI 插件，runtime/ 安装程序的运行环境，
manifest.json 完整清单，${PATHS.sbom} 物料清单，${PATHS.provenance} 来源证明，images.txt 镜像列表。
由 edgelift ${EDGELIFT_VERSION} 生成。
`
}

function edgeEnglish(plan: ArchivePlan): string {
  return `${plan.name}
Offline installation of a KubeEdge edge node (${archOf(plan.platform)})

Components: ${versionsLine(plan)}

1. Check
    sha256sum -c ${PATHS.sums}
    ./edgelift audit
2. Install (only the cloud node is contacted)
    sudo ./install.sh --config edge-join.yaml    the file that ./edgelift token --join makes on the cloud
    sudo ./install.sh --cloud 192.0.2.10 --token-file FILE    or one by one; --dry-run shows the plan
    For many nodes: write the answers into install.yaml and use --yes.
3. Verify and diagnose
    sudo ./edgelift verify         all checks of an edge node
    sudo ./edgelift status         what is installed, and the journal
    sudo ./edgelift doctor         what is wrong and what helps; --bundle FILE.tar.gz collects a support bundle
4. Remove
    sudo ./cleanup.sh              --purge also removes logs and data

Folders: images/, bin/ (containerd), cni/bin/ (CNI plugins), runtime/ (what the installer runs on), manifest.json
(the whole list), ${PATHS.sbom} (bill of materials), ${PATHS.provenance}, images.txt (references).
Made by edgelift ${EDGELIFT_VERSION}.
`
}
