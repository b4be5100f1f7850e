import type { BundleManifest } from '@edgelift/bundle'
import { TIME_IS_UP } from '@edgelift/core'
import { z } from 'zod'
import type { Ctr } from '../containerd/ctr.ts'
import { mustFindFaults } from '../containerd/image-list.ts'
import { apiResponds, type Cluster, dataOf, NO_API, tryKubectl } from '../kube/kubectl.ts'
import { clusterNodes } from '../kube/nodes.ts'
import { podStates } from '../kube/pods.ts'
import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'
import { edgemeshDnsProblem } from '../kubeedge/edgemesh-dns.ts'
import { isHubConnected, SS_SILENT } from '../kubeedge/hub-connection.ts'
import { metaServerServices } from '../kubeedge/meta-server.ts'
import { isNodeUnknown } from '../kubeedge/node-identity.ts'
import type { Host } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import { type Check, listed } from './check.ts'

const Enabled = z.object({ modules: z.object({ dynamicController: z.object({ enable: z.literal(true) }) }) })

/** V1-V3: what the cloud can tell. */
export function cloudChecks(cluster: Cluster): Check[] {
  return [
    {
      id: 'V1',
      edgemesh: true,
      title: { en: 'the three Istio CRDs exist', zh: '三个 Istio CRD 存在' },
      run: async () => {
        const names = ['destinationrules', 'gateways', 'virtualservices'].map(
          (name) => `${name}.networking.istio.io`,
        )
        const found = await tryKubectl(cluster, 'get', 'crd', '-o', 'name', '--ignore-not-found', ...names)
        if (found === undefined) return NO_API
        const missing = names.filter((name) => !found.includes(name))
        return missing.length === 0 ? undefined : listed({ en: 'missing', zh: '缺少' }, missing)
      },
    },
    {
      id: 'V2',
      edgemesh: false,
      title: { en: 'dynamicController is enabled', zh: '应启用 dynamicController' },
      run: async () => {
        const place = {
          namespace: 'kubeedge',
          resource: 'configmap',
          name: 'cloudcore',
          key: 'cloudcore.yaml',
        }
        const text = await dataOf(cluster, place)
        if (text === undefined)
          return (await apiResponds(cluster))
            ? { en: 'CloudCore has no configuration', zh: 'CloudCore 没有配置' }
            : NO_API
        const config = readConfig(text)
        if (config === undefined)
          return { en: "CloudCore's configuration is no YAML", zh: 'CloudCore 的配置不是有效的 YAML' }
        if (Enabled.safeParse(config).success) return undefined
        return { en: "it is off in CloudCore's configuration", zh: '实际未启用' }
      },
    },
    {
      id: 'V3',
      edgemesh: true,
      title: { en: 'an EdgeMesh agent runs on every node', zh: '每个节点都运行 EdgeMesh agent' },
      run: async () => {
        const nodes = await clusterNodes(cluster)
        if (nodes === undefined) return NO_API
        if (nodes.length === 0) return { en: 'the API lists no node', zh: 'API 中没有节点' }
        const down = nodes.filter(({ ready }) => !ready).map(({ name }) => name)
        // The pods of a node that is down keep the state in which they were last seen.
        if (down.length > 0) return listed({ en: 'nodes that are not Ready', zh: '未就绪的节点' }, down)
        const pods = await podStates(cluster, 'kubeedge', 'kubeedge=edgemesh-agent')
        if (pods === undefined) return NO_API
        const without = nodes
          .filter(({ name }) => !pods.some(({ running, node }) => running && node === name))
          .map(({ name }) => {
            const pod = pods.find(({ node }) => node === name)
            return pod === undefined
              ? name
              : { en: `${name} (${pod.reason})`, zh: `${name}（${pod.reason}）` }
          })
        return without.length === 0 ? undefined : listed({ en: 'not on', zh: '未运行于' }, without)
      },
    },
  ]
}

export interface EdgeNode {
  readonly host: Host
  readonly manifest: BundleManifest
  readonly ctr: Ctr
  readonly hubPort: number
  /** Undefined where the receipt does not say. */
  readonly nodeName: string | undefined
}

/** The connection, and V4-V7: what an edge can tell of itself. */
export function edgeChecks({ host, manifest, ctr, hubPort, nodeName }: EdgeNode): Check[] {
  return [
    {
      id: 'cloud',
      edgemesh: false,
      title: { en: 'EdgeCore is connected to the cloud', zh: 'EdgeCore 已连接云端' },
      run: async () => {
        const isConnected = await isHubConnected(host, hubPort)
        if (isConnected === false)
          return { en: `no connection to port ${hubPort}`, zh: `没有到 ${hubPort} 端口的连接` }
        if (isConnected === undefined) return { skipped: SS_SILENT }
        if (nodeName === undefined) return undefined
        if (!(await isNodeUnknown(host, nodeName))) return undefined
        return {
          en: `Node ${nodeName} was deleted from the cluster; ./install.sh registers it again`,
          zh: `集群中的 Node ${nodeName} 已被删除；执行 ./install.sh 将重新注册`,
        }
      },
    },
    {
      id: 'V4',
      edgemesh: false,
      title: { en: "the images are in this node's containerd", zh: '镜像已在本节点 containerd 中' },
      run: async () => {
        const missing = [...(await mustFindFaults(host, ctr, manifest.images)).keys()]
        return missing.length === 0
          ? undefined
          : listed(
              {
                en: 'missing, incomplete, not pinned or of other content',
                zh: '缺失、不完整、未固定或内容不符',
              },
              missing,
            )
      },
    },
    {
      id: 'V5',
      edgemesh: false,
      title: { en: 'metaServer lists the services', zh: 'metaServer 返回 Service 列表' },
      run: async () => {
        const services = await metaServerServices(host)
        if (services === undefined)
          return { en: '127.0.0.1:10550 does not respond', zh: '127.0.0.1:10550 无响应' }
        return services.length > 0 ? undefined : { en: 'its list is empty', zh: '列表为空' }
      },
    },
    {
      id: 'V6',
      edgemesh: true,
      title: {
        en: `DNS at ${EDGEMESH_DNS} resolves kubernetes`,
        zh: `${EDGEMESH_DNS} 的 DNS 能解析 kubernetes`,
      },
      run: () => edgemeshDnsProblem(host),
    },
    {
      id: 'V7',
      edgemesh: true,
      title: { en: `edgemesh0 has ${EDGEMESH_DNS}/32`, zh: `edgemesh0 的地址为 ${EDGEMESH_DNS}/32` },
      run: async () => {
        // It fails for a device that is not there; one that does not run at all throws.
        const question = ['-o', 'addr', 'show', 'dev', 'edgemesh0']
        const { code, stdout } = await host.exec('ip', question, { timeout: 10_000 })
        if (code === TIME_IS_UP) return { en: 'ip does not respond', zh: 'ip 无响应' }
        if (code === 0 && stdout.includes(`${EDGEMESH_DNS}/32`)) return undefined
        return { en: 'the device or its address is missing', zh: '缺少该网络接口或地址' }
      },
    },
  ]
}
