import type { Text } from '@edgelift/core'
import type { DoctorCode } from './codes.ts'

/** Something that is wrong: what was seen, what it comes from, what to do. */
export interface Diagnosis {
  readonly code: DoctorCode
  /** Which of the guide's seven problems it is. */
  readonly problem?: 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | undefined
  readonly seen: Text
  readonly cause: Text
  readonly fix: Text
}

const AGAIN: Text = {
  en: 'run ./install.sh again: it restores what is missing',
  zh: '重新执行 ./install.sh，将恢复缺失部分',
}

/**
 * What a check of verify that does not hold comes from. Not by the guide, of whose causes three are others: a missing
 * CRD is no crash, a metaServer that refuses is EdgeCore and not dynamicController, a missing edgemesh0 is the kernel
 * or the agent and not clusterDNS.
 * @param kubectl as it is called on the cloud
 */
export const checkCauses = (kubectl: string): Readonly<Record<string, Omit<Diagnosis, 'seen'>>> => ({
  V1: {
    code: 'CRD_MISSING',
    cause: {
      en: "EdgeMesh's agents read traffic rules from these CRDs",
      zh: 'EdgeMesh agent 依赖这些 CRD 读取流量规则',
    },
    fix: AGAIN,
  },
  V2: {
    code: 'DYNAMIC_CONTROLLER_OFF',
    problem: 'P2',
    cause: {
      en: "without it the edges' metaServer gets no services: its list stays empty",
      zh: '未启用时边缘 metaServer 收不到服务，列表一直为空',
    },
    fix: AGAIN,
  },
  V3: {
    code: 'AGENT_MISSING',
    problem: 'P3',
    cause: {
      en: 'the node is down, has a taint that the agent does not tolerate, has no CNI configuration, or the agent cannot start',
      zh: '节点离线、存在 agent 不容忍的污点、缺少 CNI 配置，或 agent 无法启动',
    },
    fix: {
      en: `on that node: ./edgelift doctor; here: ${kubectl} -n kubeedge describe pods -l kubeedge=edgemesh-agent`,
      zh: `在该节点执行 ./edgelift doctor；在本机执行 ${kubectl} -n kubeedge describe pods -l kubeedge=edgemesh-agent`,
    },
  },
  V4: {
    code: 'IMAGE_MISSING',
    problem: 'P7',
    cause: {
      en: 'the image was removed, or its import was cut off; offline nothing can pull it',
      zh: '镜像被删除或导入中断；离线环境无法拉取',
    },
    fix: AGAIN,
  },
  V5: {
    code: 'METASERVER_SILENT',
    problem: 'P2',
    cause: {
      en: 'no answer: EdgeCore is down, or metaServer is switched off in its configuration. An empty list: dynamicController is off on the cloud, or the link to it is down',
      zh: '无应答：EdgeCore 未运行，或其配置关闭了 metaServer。列表为空：云端未启用 dynamicController，或与云端的连接中断',
    },
    fix: {
      en: `journalctl -u edgecore; on the cloud ./edgelift doctor; then ${AGAIN.en}`,
      zh: `查看 journalctl -u edgecore，并在云端执行 ./edgelift doctor；然后${AGAIN.zh}`,
    },
  },
  V6: {
    code: 'DNS_SILENT',
    problem: 'P5',
    cause: {
      en: "EdgeMesh's agent does not run, or metaServer gives it no services",
      zh: 'EdgeMesh agent 未运行，或 metaServer 未向其提供服务',
    },
    fix: {
      en: 'fix what is named above first; then see the agent: crictl or ctr -n k8s.io tasks ls',
      zh: '先处理上面列出的问题；再用 crictl 或 ctr -n k8s.io tasks ls 查看 agent',
    },
  },
  V7: {
    code: 'LINK_MISSING',
    problem: 'P4',
    cause: {
      en: 'the agent makes it when it starts, and needs the right and the kernel for a bridge; somebody may have deleted it since',
      zh: 'agent 启动时创建该网桥，需要相应权限与内核支持；也可能随后被删除',
    },
    fix: {
      en: `modprobe bridge; then let the agent start anew: on the cloud ${kubectl} -n kubeedge delete pods -l kubeedge=edgemesh-agent`,
      zh: `执行 modprobe bridge，然后重启 agent：在云端执行 ${kubectl} -n kubeedge delete pods -l kubeedge=edgemesh-agent`,
    },
  },
  functional: {
    code: 'TUNNEL_BROKEN',
    problem: 'P6',
    cause: {
      en: "the agents do not reach each other: a relay's port 20006 is closed, its address is wrong, or the PSK differs",
      zh: 'agent 之间无法连通：中继节点 20006 端口未开放、地址错误，或 PSK 不一致',
    },
    fix: {
      en: 'open TCP 20006 of the relay nodes; check relayNodes in the answers of the cloud',
      zh: '开放中继节点的 TCP 20006 端口，并检查云端答案中的 relayNodes',
    },
  },
})
