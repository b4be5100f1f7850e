import type { Text } from '@edgelift/core'

/** What `./edgelift doctor` can find, in few words. A code keeps its meaning from version to version. */
export const doctorCodes = {
  NOT_INSTALLED: { en: 'nothing was installed here by edgelift', zh: '本机没有由 edgelift 安装的内容' },
  INSTALLATION_INCOMPLETE: { en: 'the installation was not finished', zh: '安装尚未完成' },
  DISK_FULL: { en: 'a disk that the services write to is nearly full', zh: '服务写入的磁盘即将写满' },
  DISK_PRESSURE: { en: 'too little of a disk is free for pods', zh: '磁盘剩余比例过低，无法运行 Pod' },
  UNIT_DOWN: { en: 'a service does not run', zh: '服务未运行' },
  CLOUD_UNREACHABLE: { en: "the cloud's ports do not answer (P6)", zh: '云端端口无应答（P6）' },
  NAMESERVER_MISSING: {
    en: '/etc/resolv.conf has no nameserver that EdgeMesh can use (P1)',
    zh: '/etc/resolv.conf 中没有 EdgeMesh 可用的 nameserver（P1）',
  },
  POD_CRASHES: { en: 'a pod ends again and again (P1)', zh: 'Pod 反复退出（P1）' },
  POD_NOT_RUNNING: { en: 'a pod does not run', zh: 'Pod 未运行' },
  IMAGE_NOT_PULLED: { en: 'a pod waits for an image (P7)', zh: 'Pod 在等待镜像（P7）' },
  CRD_MISSING: { en: 'an Istio CRD is not there (V1)', zh: '缺少 Istio CRD（V1）' },
  DYNAMIC_CONTROLLER_OFF: {
    en: "CloudCore's dynamicController is off (V2, P2)",
    zh: 'CloudCore 未启用 dynamicController（V2，P2）',
  },
  AGENT_MISSING: {
    en: 'a node has no running EdgeMesh agent (V3, P3)',
    zh: '节点上没有运行 EdgeMesh agent（V3，P3）',
  },
  IMAGE_MISSING: {
    en: "an image is not in this node's containerd (V4, P7)",
    zh: '本节点 containerd 中缺少镜像（V4，P7）',
  },
  METASERVER_SILENT: { en: 'metaServer gives no services (V5, P2)', zh: 'metaServer 未返回服务（V5，P2）' },
  LINK_MISSING: {
    en: 'edgemesh0 or its address is not there (V7, P4)',
    zh: '缺少 edgemesh0 或其地址（V7，P4）',
  },
  DNS_SILENT: { en: "EdgeMesh's DNS does not answer (V6, P5)", zh: 'EdgeMesh DNS 无应答（V6，P5）' },
  TUNNEL_BROKEN: { en: 'requests do not cross between nodes (P6)', zh: '节点之间的请求不通（P6）' },
} as const satisfies Readonly<Record<string, Text>>

export type DoctorCode = keyof typeof doctorCodes
