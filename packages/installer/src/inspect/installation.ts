import type { Role } from '@edgelift/bundle'
import { KUBECONFIG } from '../kube/access.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { existsOnHost, type Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'

/** Whether a node of this role is here, by whomever it was installed: the manual path leaves no receipt. */
export function isPresent(host: Host, role: Role): Promise<boolean> {
  return existsOnHost(host, role === 'cloud' ? KUBECONFIG : EDGECORE_CONFIG)
}

export function notInstalled(): Error {
  return fail('NOT_INSTALLED', {
    what: { en: 'nothing is installed on this machine yet', zh: '本机尚未安装' },
    fix: { en: 'run ./install.sh', zh: '执行 ./install.sh' },
  })
}
