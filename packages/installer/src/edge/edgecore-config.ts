import { dump, load } from 'js-yaml'
import { type EdgeSettings, HTTPS_AFTER_HUB, TUNNEL_AFTER_HUB } from './settings.ts'

export const EDGECORE_CONFIG = '/etc/kubeedge/config/edgecore.yaml'
export const EDGE_CA = '/etc/kubeedge/ca/rootCA.crt'
export const EDGE_CERTIFICATE = '/etc/kubeedge/certs/server.crt'
export const EDGE_KEY = '/etc/kubeedge/certs/server.key'
/** EdgeMesh's DNS (its constant `bridgeDeviceIP`). */
export const EDGEMESH_DNS = '169.254.96.16'
export const META_SERVER = '127.0.0.1:10550'

/**
 * A whole `edgecore.yaml`: EdgeCore lays it over its defaults (KubeEdge edge/cmd/edgecore/app/options/options.go), so
 * what stands here is what differs. Never made by `--minconfig`, whose `edgeHub.enable` is false. It holds the token:
 * the file must be 0600, and EdgeCore keeps the mode when it rewrites it.
 */
export function edgecoreConfig(settings: EdgeSettings, token: string): string {
  const { cloudHost, hubPort } = settings
  const at = (distance: number) => `${cloudHost}:${hubPort + distance}`
  const config = {
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
        nodeLabels: settings.labels,
        tailoredKubeletConfig: {
          cgroupDriver: 'systemd',
          containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
          imageServiceEndpoint: 'unix:///run/containerd/containerd.sock',
          clusterDNS: [EDGEMESH_DNS],
          clusterDomain: 'cluster.local',
          resolvConf: '/etc/resolv.conf',
          ...(settings.taints.length === 0 ? {} : { registerWithTaints: settings.taints }),
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
      eventBus: { enable: false },
      serviceBus: { enable: false },
    },
  }
  return dump(config, { lineWidth: 200, noRefs: true })
}

/**
 * Whether a file of EdgeCore's, which rewrites it with every default, says what is wanted; false for one that a power
 * loss has cut off.
 * @param wanted of {@link edgecoreConfig}, with an empty token: the file's own does not matter
 */
export function saysEdgecoreConfig(text: string, wanted: string): boolean {
  try {
    return holds(load(text), load(wanted))
  } catch {
    return false
  }
}

function holds(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(found)
      ? found.length === wanted.length && wanted.every((item, index) => holds(found[index], item))
      : wanted.length === 0
  }
  if (typeof wanted === 'object' && wanted !== null) {
    const fields = typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
    return Object.entries(wanted).every(([key, value]) => key === 'token' || holds(fields[key], value))
  }
  // Go leaves out what is empty.
  return found === wanted || (found === undefined && (wanted === false || wanted === ''))
}
