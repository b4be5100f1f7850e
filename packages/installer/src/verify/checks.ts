import type { BundleManifest } from '@edgelift/bundle'
import { same, type Text } from '@edgelift/core'
import { load } from 'js-yaml'
import { type Cluster, podStates, tryKubectl } from '../cloud/kubectl.ts'
import { EDGEMESH_DNS } from '../edge/edgecore-config.ts'
import { edgemeshDnsProblem } from '../edge/edgemesh-dns.ts'
import { metaServerServices } from '../edge/join.ts'
import { ask, type Host } from '../host.ts'
import { type Ctr, missingImages } from '../steps/images.ts'

/** One of the guide's seven checks, or the functional test. */
export interface Check {
  readonly id: string
  readonly title: Text
  /** What is wrong; undefined when it holds. */
  readonly run: () => Promise<Text | undefined>
}

/** V1-V3: what the cloud can tell. */
export function cloudChecks(cluster: Cluster): Check[] {
  return [
    {
      id: 'V1',
      title: { en: 'the three Istio CRDs exist', zh: '三个 Istio CRD 存在' },
      run: async () => {
        const names = ['destinationrules', 'gateways', 'virtualservices'].map(
          (name) => `${name}.networking.istio.io`,
        )
        const found =
          (await tryKubectl(cluster, 'get', 'crd', '-o', 'name', '--ignore-not-found', ...names)) ?? ''
        const missing = names.filter((name) => !found.includes(name))
        return missing.length === 0 ? undefined : same(`- ${missing.join(', ')}`)
      },
    },
    {
      id: 'V2',
      title: { en: 'dynamicController is enabled', zh: 'dynamicController 已启用' },
      run: async () => {
        const path = 'jsonpath={.data.cloudcore\\.yaml}'
        const text = await tryKubectl(cluster, '-n', 'kubeedge', 'get', 'configmap', 'cloudcore', '-o', path)
        const config = load(text || '{}') as { modules?: { dynamicController?: { enable?: unknown } } } | null
        if (config?.modules?.dynamicController?.enable === true) return undefined
        return { en: "not enabled in CloudCore's configuration", zh: 'CloudCore 配置中未启用' }
      },
    },
    {
      id: 'V3',
      title: { en: 'an EdgeMesh agent runs on every node', zh: '每个节点都运行 EdgeMesh agent' },
      run: async () => {
        const nodes = ((await tryKubectl(cluster, 'get', 'nodes', '-o', 'name')) ?? '')
          .trim()
          .split('\n')
          .filter(Boolean)
        const running = new Set(
          (await podStates(cluster, 'kubeedge', 'kubeedge=edgemesh-agent'))
            .filter((pod) => pod.running)
            .map((pod) => pod.node),
        )
        const without = nodes.map((name) => name.replace('node/', '')).filter((name) => !running.has(name))
        if (nodes.length === 0) return { en: 'the API lists no node', zh: 'API 中没有节点' }
        return without.length === 0
          ? undefined
          : { en: `not on ${without.join(', ')}`, zh: `未运行于 ${without.join('、')}` }
      },
    },
  ]
}

/** V4-V7: what an edge can tell of itself. */
export function edgeChecks(host: Host, manifest: BundleManifest, ctr: Ctr): Check[] {
  return [
    {
      id: 'V4',
      title: { en: "the images are in this node's containerd", zh: '镜像已在本节点 containerd 中' },
      run: async () => {
        const missing = await missingImages(
          host,
          ctr,
          manifest.images.map((image) => image.reference),
        )
        return missing.length === 0 ? undefined : same(`- ${missing.join(', ')}`)
      },
    },
    {
      id: 'V5',
      title: { en: 'metaServer answers with the services', zh: 'metaServer 返回服务列表' },
      run: async () => {
        const services = await metaServerServices()
        if (services === undefined)
          return { en: '127.0.0.1:10550 does not answer', zh: '127.0.0.1:10550 无应答' }
        return services.length > 0 ? undefined : { en: 'its list is empty', zh: '列表为空' }
      },
    },
    {
      id: 'V6',
      title: {
        en: `DNS at ${EDGEMESH_DNS} resolves kubernetes`,
        zh: `${EDGEMESH_DNS} 的 DNS 能解析 kubernetes`,
      },
      run: async () => {
        const problem = await edgemeshDnsProblem()
        return problem === undefined ? undefined : same(problem)
      },
    },
    {
      id: 'V7',
      title: { en: `edgemesh0 has ${EDGEMESH_DNS}/32`, zh: `edgemesh0 的地址为 ${EDGEMESH_DNS}/32` },
      run: async () => {
        const address = await ask(host, 'ip', '-o', 'addr', 'show', 'dev', 'edgemesh0')
        if (address?.includes(`${EDGEMESH_DNS}/32`)) return undefined
        return { en: 'the link or its address is not there', zh: '缺少该链路或地址' }
      },
    },
  ]
}
