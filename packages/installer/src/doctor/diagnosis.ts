import type { Text } from '@edgelift/core'
import type { Launcher } from '../state/way-back.ts'
import type { StepDrift } from '../steps/drift.ts'
import type { DoctorCode } from './codes.ts'

/** Something that is wrong: what was seen, what it comes from, what to do. */
export interface Diagnosis {
  readonly code: DoctorCode
  /** `error` unless it says otherwise: what has failed already, what soon will, what can be planned. */
  readonly severity?: 'error' | 'warning' | 'note'
  /** Which of the guide's seven problems it is. */
  readonly problem?: 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | undefined
  readonly seen: Text
  readonly cause: Text
  readonly fix: Text
  /** The place that was changed, and the step that restores it. */
  readonly drift?: Omit<StepDrift, 'kind'> | undefined
  /** What a program logged of it, as it is: said after the cause. */
  readonly words?: string | undefined
  /** Findings that it comes from where they are made, besides those from which every finding of its code comes. */
  readonly mayFollow?: readonly DoctorCode[]
  /** What it brings about, where that is not all that findings of its code do; empty: nothing at all. */
  readonly brings?: readonly DoctorCode[] | undefined
  /** Of a certificate that has expired: milliseconds since then, by this machine's clock. */
  readonly overFor?: number
  /** Of clocks that differ: milliseconds by which this machine's is ahead. */
  readonly ahead?: number
  /** It comes from another finding, and goes with it. */
  readonly consequenceOf?: DoctorCode | undefined
}

/** What restores an installation. @param launcher by which it was installed */
export function again(launcher: Launcher): Text {
  return {
    en: `run ${launcher} again: it restores what is missing or changed`,
    zh: `重新执行 ${launcher}，将恢复缺失或被修改的部分`,
  }
}

/**
 * What a check of verify that does not hold comes from. Not by the guide, of whose causes three are others: a missing
 * CRD is no crash, a metaServer that refuses is EdgeCore and not dynamicController, a missing edgemesh0 is the kernel
 * or the agent and not clusterDNS.
 * @param known.kubectl as it is called on the cloud
 * @param known.launcher by which this node was installed
 */
export const checkCauses = ({
  kubectl,
  launcher,
}: {
  readonly kubectl: string
  readonly launcher: Launcher
}): Readonly<Record<string, Omit<Diagnosis, 'seen'>>> => ({
  versions: {
    code: 'VERSION_SKEW',
    cause: {
      en: 'one side was upgraded further than the other can follow',
      zh: '一侧升级过多，另一侧无法兼容',
    },
    fix: {
      en: 'upgrade the older side: ./install.sh --dry-run there says whether the order is right',
      zh: '请升级较旧的一侧：在该节点执行 ./install.sh --dry-run 可查看升级顺序',
    },
  },
  V1: {
    code: 'CRD_MISSING',
    cause: {
      en: "EdgeMesh's agents read traffic rules from these CRDs; somebody deleted them",
      zh: 'EdgeMesh agent 依赖这些 CRD 读取流量规则；CRD 已被删除',
    },
    fix: again(launcher),
  },
  V2: {
    code: 'DYNAMIC_CONTROLLER_OFF',
    problem: 'P2',
    cause: {
      en: "somebody changed CloudCore's ConfigMap: without dynamicController metaServer on the edges lists no services",
      zh: 'CloudCore 的 ConfigMap 被修改：未启用时边缘 metaServer 收不到 Service，列表一直为空',
    },
    fix: again(launcher),
  },
  V3: {
    code: 'AGENT_MISSING',
    problem: 'P3',
    cause: {
      en: 'the node is off or not connected, has a taint that the agent does not tolerate, has no CNI configuration, or the agent cannot start',
      zh: '节点离线、存在 agent 不容忍的污点、缺少 CNI 配置，或 agent 无法启动',
    },
    fix: {
      en: `on that node: ./edgelift doctor; here: ${kubectl} -n kubeedge describe pods -l kubeedge=edgemesh-agent. For a node that will not come back: ${kubectl} delete node NAME`,
      zh: `在该节点执行 ./edgelift doctor；在本机执行 ${kubectl} -n kubeedge describe pods -l kubeedge=edgemesh-agent。若节点已永久移除：${kubectl} delete node 节点名`,
    },
  },
  V4: {
    code: 'IMAGE_MISSING',
    problem: 'P7',
    cause: {
      en: 'the image was removed, or its import was interrupted; offline nothing can pull it',
      zh: '镜像被删除或导入中断；离线环境无法拉取',
    },
    fix: again(launcher),
  },
  V5: {
    code: 'METASERVER_SILENT',
    problem: 'P2',
    cause: {
      en: 'no response: EdgeCore is down, or its configuration switches metaServer off. An empty list: dynamicController is off on the cloud, or the edge is not connected to it',
      zh: '无响应：EdgeCore 未运行，或其配置关闭了 metaServer。列表为空：云端未启用 dynamicController，或与云端的连接中断',
    },
    fix: {
      en: `journalctl -u edgecore; on the cloud ./edgelift doctor; then ${again(launcher).en}`,
      zh: `查看 journalctl -u edgecore，并在云端执行 ./edgelift doctor；然后${again(launcher).zh}`,
    },
  },
  V6: {
    code: 'DNS_SILENT',
    problem: 'P5',
    cause: {
      en: "EdgeMesh's agent does not run, or metaServer lists no services for it",
      zh: 'EdgeMesh agent 未运行，或 metaServer 未向其提供 Service',
    },
    fix: {
      en: 'fix the problems above first; then check the agent: ctr -n k8s.io tasks ls',
      zh: '先处理上面列出的问题；再用 ctr -n k8s.io tasks ls 查看 agent',
    },
  },
  V7: {
    code: 'LINK_MISSING',
    problem: 'P4',
    cause: {
      en: 'the agent creates it at its start, which needs privileges and bridge support in the kernel; or somebody deleted it since',
      zh: 'agent 启动时创建该网桥，需要相应权限与内核支持；也可能随后被删除',
    },
    fix: {
      en: `${launcher}: it restarts the agent; where that does not help: modprobe bridge`,
      zh: `执行 ${launcher}，将重启 agent；若仍缺失：modprobe bridge`,
    },
  },
})
