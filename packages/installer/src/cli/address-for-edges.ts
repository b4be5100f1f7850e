import type { Cluster } from '../kube/kubectl.ts'
import { hubCertificateIsFor } from '../kubeedge/hub-certificate.ts'
import type { Facts } from '../node/facts.ts'
import { dialableAddresses, formatOwnAddresses, unfitness } from '../node/own-addresses.ts'
import { fail } from '../problem/codes.ts'
import type { Launcher } from '../state/way-back.ts'

type Addresses = Pick<Facts, 'ownAddresses' | 'defaultRoute'>

/**
 * The first advertised address that edges can dial.
 * @param launcher by which the cloud was installed
 * @throws CLOUD_ADDRESS_UNUSABLE when there is none, and when CloudCore's certificate does not cover it
 */
export async function addressForEdges(
  cluster: Cluster,
  launcher: Launcher,
  advertised: readonly string[],
  facts: Addresses,
): Promise<string> {
  const address = advertised.find((host) => unfitness(facts.ownAddresses, host) === undefined)
  if (address === undefined) throw notDialable(advertised, launcher, facts)
  if (!(await hubCertificateIsFor(cluster, [address]))) throw notCovered(address, launcher)
  return address
}

function notDialable(advertised: readonly string[], launcher: Launcher, facts: Addresses): Error {
  const candidates = dialableAddresses(facts)
  const list = formatOwnAddresses(candidates)
  const proposal = candidates[0]?.address ?? 'ADDRESS'
  return fail('CLOUD_ADDRESS_UNUSABLE', {
    what: {
      en: `edge nodes cannot reach ${advertised.join(', ')}`,
      zh: `边缘节点无法访问 ${advertised.join('、')}`,
    },
    because: {
      en: `the address belongs to a device without carrier or peers, or to a reserved range${list.en === '' ? '' : `; this machine also has ${list.en}`}`,
      zh: `该地址属于未连接的设备或保留网段${list.zh === '' ? '' : `；本机可用地址：${list.zh}`}`,
    },
    fix: {
      en: `run ${launcher} --advertise-addresses ${proposal}, then ./edgelift token again`,
      zh: `执行 ${launcher} --advertise-addresses ${proposal}，然后重新执行 ./edgelift token`,
    },
  })
}

function notCovered(address: string, launcher: Launcher): Error {
  return fail('CLOUD_ADDRESS_UNUSABLE', {
    what: {
      en: `CloudCore's certificate does not cover ${address}`,
      zh: `CloudCore 证书不包含 ${address}`,
    },
    because: {
      en: 'edge nodes would refuse the certificate: it was issued for other addresses',
      zh: '该证书是为其他地址签发的，边缘节点会拒绝',
    },
    fix: {
      en: `run ${launcher} --advertise-addresses ${address}: it reissues the certificate; then run ./edgelift token again`,
      zh: `执行 ${launcher} --advertise-addresses ${address} 重新签发证书，然后重新执行 ./edgelift token`,
    },
  })
}
