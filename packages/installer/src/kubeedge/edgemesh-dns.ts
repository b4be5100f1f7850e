import { Resolver } from 'node:dns/promises'
import { same, type Text } from '@edgelift/core'
import { ask, type Host } from '../node/host.ts'
import { EDGEMESH_DNS } from './edgecore-config.ts'

const NAME = 'kubernetes.default.svc.cluster.local'

/**
 * Asks EdgeMesh's DNS on this node for the API's own service. The agent's container runs some time before it makes the
 * link that has the address, and that some time before it settings. As long as no link has it, nothing is sent: the
 * question would go to the default gateway, out of the node.
 * @returns undefined when it resolves, else what went wrong
 */
export async function edgemeshDnsProblem(host: Host, timeout = 5000): Promise<Text | undefined> {
  const hasLink = await hasEdgemeshLink(host)
  if (hasLink === undefined) return IP_SILENT
  if (!hasLink) return NO_LINK
  const resolver = new Resolver({ timeout, tries: 1 })
  resolver.setServers([EDGEMESH_DNS])
  try {
    await resolver.resolve4(NAME)
    return undefined
  } catch (error) {
    return dnsProblem(error)
  }
}

/** Whether a link of this node has the address of EdgeMesh's DNS; undefined where nobody tells. */
export async function hasEdgemeshLink(host: Host): Promise<boolean | undefined> {
  // Not by os.networkInterfaces: a bridge without ports, as this one, has no carrier, and is left out there.
  return (await ask(host, 'ip', '-4', '-o', 'addr', 'show'))?.includes(` ${EDGEMESH_DNS}/`)
}

const IP_SILENT: Text = {
  en: 'ip does not list the addresses of this node',
  zh: 'ip 无法列出本节点的地址',
}

const NO_LINK: Text = {
  en: `no device of this node has ${EDGEMESH_DNS}`,
  zh: `本节点没有地址为 ${EDGEMESH_DNS} 的网络接口`,
}

/** Errors of Node's resolver (c-ares) in words. */
function dnsProblem(error: unknown): Text {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return { en: `${EDGEMESH_DNS}:53 refuses connections`, zh: `${EDGEMESH_DNS}:53 拒绝连接` }
    case 'ETIMEOUT':
      return { en: `${EDGEMESH_DNS}:53 does not respond`, zh: `${EDGEMESH_DNS}:53 无响应` }
    case 'ENOTFOUND':
    case 'ENODATA':
      return { en: `it does not know ${NAME}`, zh: `无法解析 ${NAME}` }
    case 'ESERVFAIL':
      return { en: `it cannot resolve ${NAME} (SERVFAIL)`, zh: `解析 ${NAME} 失败（SERVFAIL）` }
    default:
      return same(error instanceof Error ? error.message : String(error))
  }
}
