import type { Text } from '@edgelift/core'
import { RESOLVER_FILE, type Resolver } from '../node/resolver.ts'
import { EDGEMESH_DNS } from './edgecore-config.ts'

/** NetworkManager.conf(5), `dns=none`: it leaves the file alone. */
const NETWORK_MANAGER = '/etc/NetworkManager/conf.d/90-dns-none.conf'

/** EdgeMesh's DNS forwards to the host's nameservers and exits when there is none; to itself it would loop. */
export function lacksNameserver(nameservers: readonly string[]): boolean {
  return nameservers.length === 0 || nameservers.includes(EDGEMESH_DNS)
}

/** How a host that {@link lacksNameserver} gets one, which need not respond, to stay. */
export function resolverFix(nameservers: readonly string[], resolver: Resolver | undefined): Text {
  const command = resolverCommand(nameservers.includes(EDGEMESH_DNS), resolver ?? PLAIN)
  return { en: `${command} (it need not respond)`, zh: `执行 ${command}（无需响应）` }
}

const PLAIN: Resolver = { isLink: false, isImmutable: false, hasNetworkManager: false }

/** One word behind `sh -c`: sudo does not reach a redirection. */
function resolverCommand(isLoop: boolean, { isLink, isImmutable, hasNetworkManager }: Resolver): string {
  const commands = [
    ...(hasNetworkManager
      ? [`printf "[main]\\ndns=none\\n" > ${NETWORK_MANAGER}`, 'systemctl reload NetworkManager']
      : []),
    ...(isImmutable ? [`chattr -i ${RESOLVER_FILE}`] : []),
    isLoop ? REPLACED : isLink ? LINK_REPLACED : ADDED,
  ]
  return `sh -c '${commands.join('; ')}'`
}

/** The sed of GNU and of busybox write a new file in the place of a link. */
const REPLACED = `sed -i s/${EDGEMESH_DNS}/127.0.0.1/ ${RESOLVER_FILE}`
/** What the link leads to is written by its service, or lies in /run and is gone after a reboot. */
const LINK_REPLACED = `rm ${RESOLVER_FILE}; echo nameserver 127.0.0.1 > ${RESOLVER_FILE}`
const ADDED = `printf "\\nnameserver 127.0.0.1\\n" >> ${RESOLVER_FILE}`
