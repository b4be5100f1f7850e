import type { JsonObject } from '@edgelift/bundle'
import type { EdgeRuntime } from '../containerd/runtime.ts'
import { HTTPS_AFTER_HUB, hostInUrl, type ResolvedEdge, TUNNEL_AFTER_HUB } from '../settings/edge.ts'

export const EDGECORE_CONFIG = '/etc/kubeedge/config/edgecore.yaml'
export const EDGE_CA = '/etc/kubeedge/ca/rootCA.crt'
export const EDGE_CERTIFICATE = '/etc/kubeedge/certs/server.crt'
/** EdgeMesh's DNS (its constant `bridgeDeviceIP`). */
export const EDGEMESH_DNS = '169.254.96.16'
export const META_SERVER = '127.0.0.1:10550'
export const EDGE_KEY = '/etc/kubeedge/certs/server.key'
/** At this percentage the kubelet never collects an image (kubelet, imageGCHighThresholdPercent). */
const NO_COLLECTION = 100

/**
 * The settings of `edgecore.yaml`: EdgeCore lays them over its defaults (KubeEdge
 * edge/cmd/edgecore/app/options/options.go), so what stands here is what differs. Never made by `--minconfig`, whose
 * `edgeHub.enable` is false.
 */
export function edgecoreConfig(
  settings: ResolvedEdge,
  {
    token,
    runtime,
  }: { readonly token: string; readonly runtime: Pick<EdgeRuntime, 'socket' | 'honoursPins'> },
): JsonObject {
  const at = (distance: number) => `${hostInUrl(settings.cloudHost)}:${settings.hubPort + distance}`
  const mosquitto = settings.options.has('mosquitto')
  return {
    apiVersion: 'edgecore.config.kubeedge.io/v1alpha2',
    kind: 'EdgeCore',
    modules: {
      edgeHub: {
        enable: true,
        httpServer: `https://${at(HTTPS_AFTER_HUB)}`,
        token,
        websocket: { enable: true, server: at(0) },
        quic: { enable: false },
        tlsCaFile: EDGE_CA,
        tlsCertFile: EDGE_CERTIFICATE,
        tlsPrivateKeyFile: EDGE_KEY,
      },
      edged: {
        enable: true,
        hostnameOverride: settings.nodeName,
        nodeIP: settings.nodeIp,
        podSandboxImage: settings.sandboxImage,
        nodeLabels: { ...settings.labels },
        tailoredKubeletConfig: {
          cgroupDriver: 'systemd',
          containerRuntimeEndpoint: `unix://${runtime.socket}`,
          imageServiceEndpoint: `unix://${runtime.socket}`,
          clusterDNS: [EDGEMESH_DNS],
          clusterDomain: 'cluster.local',
          resolvConf: '/etc/resolv.conf',
          registerWithTaints: settings.taints.map((taint) => ({ ...taint })),
          ...(runtime.honoursPins ? {} : { imageGCHighThresholdPercent: NO_COLLECTION }),
        },
      },
      metaManager: { enable: true, metaServer: { enable: true, server: META_SERVER } },
      edgeStream: {
        enable: true,
        server: at(TUNNEL_AFTER_HUB),
        tlsTunnelCAFile: EDGE_CA,
        tlsTunnelCertFile: EDGE_CERTIFICATE,
        tlsTunnelPrivateKeyFile: EDGE_KEY,
      },
      // Mode 2 is a broker beside EdgeCore: the Mosquitto that the cloud runs on every edge with this option.
      eventBus: mosquitto
        ? { enable: true, mqttMode: 2, mqttServerExternal: 'tcp://127.0.0.1:1883' }
        : { enable: false },
      serviceBus: { enable: false },
    },
  }
}
