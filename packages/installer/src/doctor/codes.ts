import type { Text } from '@edgelift/core'

/** What `./edgelift doctor` can find, in few words. A code keeps its meaning from version to version. */
export const doctorCodes = {
  NOT_INSTALLED: { en: 'nothing is installed on this machine', zh: '本机尚未安装' },
  INSTALLATION_INCOMPLETE: { en: 'the installation is incomplete', zh: '安装尚未完成' },
  DISK_FULL: { en: 'a disk that the services write to is nearly full', zh: '服务写入的磁盘即将写满' },
  DISK_READ_ONLY: { en: 'a disk that the services write to is read-only', zh: '服务写入的磁盘为只读' },
  DISK_PRESSURE: { en: 'too little of a disk is free for pods', zh: '磁盘剩余比例过低，无法运行 Pod' },
  NODE_IP_FOREIGN: {
    en: 'nodeIp is not an address of this machine',
    zh: 'nodeIp 不是本机地址',
  },
  UNIT_DOWN: { en: 'a service does not run', zh: '服务未运行' },
  API_SILENT: { en: "Kubernetes' API does not respond", zh: 'Kubernetes API 无响应' },
  CLOUDCORE_DOWN: { en: 'CloudCore does not run', zh: 'CloudCore 未运行' },
  OBJECT_CHANGED: {
    en: 'an object of the installation was changed or deleted',
    zh: '安装的对象被修改或删除',
  },
  DATABASE_DAMAGED: { en: 'a database is damaged', zh: '数据库已损坏' },
  FILE_CHANGED: { en: 'an installed file was changed or deleted', zh: '安装的文件被修改或删除' },
  VALUES_CHANGED: {
    en: 'the values of a helm release were changed, or it was uninstalled',
    zh: 'helm release 的 values 被修改，或 release 已被卸载',
  },
  SERVICE_DISABLED: { en: 'a service does not start at boot', zh: '服务未设置开机启动' },
  CERTIFICATE_DAMAGED: { en: 'a certificate is missing or damaged', zh: '证书缺失或已损坏' },
  CERTIFICATE_EXPIRED: { en: 'a certificate has expired', zh: '证书已过期' },
  CERTIFICATE_ENDS: { en: 'a certificate expires soon', zh: '证书即将过期' },
  CLOUD_UNREACHABLE: { en: "the cloud's ports do not respond (P6)", zh: '云端端口无响应（P6）' },
  CLOUD_DISCONNECTED: {
    en: 'EdgeCore has no connection to its cloud (P6)',
    zh: 'EdgeCore 未与云端建立连接（P6）',
  },
  CLOUD_REPLACED: {
    en: 'the cloud is not the one that this node joined',
    zh: '云端已更换（CA 与接入时不同）',
  },
  CLOUD_ADDRESS_FOREIGN: {
    en: "the cloud's certificate does not cover its address",
    zh: '云端证书不包含所用地址',
  },
  CLOCK_DIFFERS: { en: 'the clocks of edge and cloud differ', zh: '边缘与云端时钟不一致' },
  NODE_DELETED: { en: 'a Node object was deleted from the cluster', zh: '集群中的 Node 对象已被删除' },
  NODE_NOT_READY: { en: 'a node is not Ready', zh: '节点未就绪' },
  NODE_NAME_SHARED: { en: 'two machines report as one node', zh: '两台机器以同一节点上报' },
  MACHINE_ID_SHARED: { en: 'two nodes have one machine-id', zh: '两个节点的 machine-id 相同' },
  NAMESERVER_MISSING: {
    en: '/etc/resolv.conf has no nameserver that EdgeMesh can use (P1)',
    zh: '/etc/resolv.conf 中没有 EdgeMesh 可用的 nameserver（P1）',
  },
  POD_CRASHES: { en: 'a pod exits again and again (P1)', zh: 'Pod 反复退出（P1）' },
  POD_NOT_RUNNING: { en: 'a pod does not run', zh: 'Pod 未运行' },
  IMAGE_NOT_PULLED: { en: 'a pod waits for an image (P7)', zh: 'Pod 在等待镜像（P7）' },
  CRD_MISSING: { en: 'an Istio CRD is missing (V1)', zh: '缺少 Istio CRD（V1）' },
  DYNAMIC_CONTROLLER_OFF: {
    en: "CloudCore's dynamicController is off (V2, P2)",
    zh: '应启用 dynamicController，实际未启用（V2，P2）',
  },
  AGENT_MISSING: {
    en: 'a node has no running EdgeMesh agent (V3, P3)',
    zh: '节点上没有运行 EdgeMesh agent（V3，P3）',
  },
  IMAGE_MISSING: {
    en: "an image is not in this node's containerd (V4, P7)",
    zh: '本节点 containerd 中缺少镜像（V4，P7）',
  },
  METASERVER_SILENT: {
    en: 'metaServer lists no services (V5, P2)',
    zh: 'metaServer 未返回 Service（V5，P2）',
  },
  LINK_MISSING: {
    en: 'edgemesh0 or its address is missing (V7, P4)',
    zh: '缺少 edgemesh0 或其地址（V7，P4）',
  },
  DNS_SILENT: { en: "EdgeMesh's DNS does not respond (V6, P5)", zh: 'EdgeMesh DNS 无响应（V6，P5）' },
  RELAY_UNREACHABLE: { en: "a relay's port 20006 is closed (P6)", zh: '中继节点 20006 端口不通（P6）' },
  PSK_DIFFERS: { en: "EdgeMesh's agents use different PSKs (P6)", zh: 'EdgeMesh agent 的 PSK 不一致（P6）' },
  PSK_UNSAFE: {
    en: 'EdgeMesh runs with a PSK that is public or can be guessed',
    zh: 'EdgeMesh 当前的 PSK 已公开或易被猜出',
  },
  ENDPOINTS_STALE: {
    en: 'this edge holds addresses of pods that are gone (P6)',
    zh: '边缘节点保存的 Endpoints 已过期（P6）',
  },
  MESH_REFRESH_OFF: {
    en: 'after a restart of CloudCore nothing refreshes Endpoints on edges',
    zh: 'CloudCore 重启后，边缘节点的 Endpoints 无法自动刷新',
  },
  TUNNEL_BROKEN: { en: 'requests do not cross between nodes (P6)', zh: '节点之间的请求不通（P6）' },
  VERSION_SKEW: {
    en: 'the versions of cloud and edges do not go together',
    zh: '云端与边缘的版本组合不受支持',
  },
  PROBE_FAILED: { en: 'a check could not be made', zh: '检查未能完成' },
} as const satisfies Readonly<Record<string, Text>>

export type DoctorCode = keyof typeof doctorCodes

export function isDoctorCode(code: string): code is DoctorCode {
  return Object.hasOwn(doctorCodes, code)
}
