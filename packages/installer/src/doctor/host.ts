import { same, shellWord, type Text } from '@edgelift/core'
import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'
import { lacksNameserver, resolverFix } from '../kubeedge/nameserver.ts'
import { type Facts, formatUnread, isUnread } from '../node/facts.ts'
import { nodeAddresses } from '../node/own-addresses.ts'
import { PLACES } from '../node/places.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from '../node/pressure.ts'
import { commandOnEdges } from '../preflight/moved-address.ts'
import type { Receipt } from '../state/receipt.ts'
import { commandBack, launcherOf } from '../state/way-back.ts'
import type { Diagnosis } from './diagnosis.ts'
import { notFoundOut } from './probe.ts'

const LITTLE = 200 * 2 ** 20 // bytes: below it containerd and the kubelet begin to fail

/** What the receipt and the facts of the host tell. Pure. */
export function hostDiagnoses(receipt: Receipt | undefined, facts: Facts): Diagnosis[] {
  const found: Diagnosis[] = []
  if (receipt === undefined) return [NOT_INSTALLED]
  if (receipt.completed === undefined)
    found.push({
      code: 'INSTALLATION_INCOMPLETE',
      seen: { en: 'the installation is incomplete', zh: '安装尚未完成' },
      cause: {
        en: 'it failed or was interrupted: ./edgelift status',
        zh: '安装失败或被中断：./edgelift status',
      },
      fix: goOnOrBack(receipt),
    })
  const full = facts.places.filter(({ freeBytes }) => freeBytes < LITTLE).map(({ path }) => path)
  if (full.length > 0)
    found.push({
      code: 'DISK_FULL',
      seen: {
        en: `less than 200 MiB free at ${full.join(', ')}`,
        zh: `剩余空间不足 200 MiB：${full.join('、')}`,
      },
      cause: { en: 'the services cannot write there any more', zh: '相关服务将无法写入' },
      fix: { en: 'free space there', zh: '请清理磁盘空间' },
    })
  found.push(...withoutInodes(facts))
  found.push(...readOnlyDisks(receipt, facts))
  const { role } = receipt
  const said = receipt.settings.nodeIp
  const nodeIp = typeof said === 'string' ? said : facts.installed?.nodeIp
  const addresses = { en: 'the addresses of this machine', zh: '本机地址' }
  for (const one of facts.unread)
    if (one.part === 'addresses') found.push(notFoundOut(addresses, formatUnread(one)))
  if (nodeIp !== undefined && !isUnread(facts, 'addresses') && !facts.addresses.includes(nodeIp))
    found.push(addressGone(nodeIp, { isSaid: nodeIp === said, receipt, facts }))
  if (receipt.kubeEdgeOnly === undefined) {
    for (const one of diskPressure(facts.places, role)) {
      const cause = pressureMatters(one, role)
      found.push({ code: 'DISK_PRESSURE', seen: pressureSeen(one), cause, fix: pressureFix(one) })
    }
  }
  if (role === 'cloud') return found // EdgeMesh's DNS runs on edges only
  if (lacksNameserver(facts.nameservers))
    found.push({
      code: 'NAMESERVER_MISSING',
      problem: 'P1',
      seen:
        facts.nameservers.length === 0
          ? { en: '/etc/resolv.conf names no nameserver', zh: '/etc/resolv.conf 中没有 nameserver' }
          : { en: `/etc/resolv.conf names ${EDGEMESH_DNS}`, zh: `/etc/resolv.conf 中含有 ${EDGEMESH_DNS}` },
      cause: {
        en: "EdgeMesh's agent forwards other names there: it exits without one (CrashLoopBackOff), and with its own address it would query itself",
        zh: 'EdgeMesh agent 将其他域名转发至此：没有则退出（CrashLoopBackOff），写成自身地址则形成循环',
      },
      fix: resolverFix(facts.nameservers, facts.resolver),
    })
  return found
}

const FEW = 100 // inodes: a pod takes more

/** A disk with bytes left takes no new file once its inodes are in use. */
function withoutInodes({ places }: Facts): Diagnosis[] {
  const out = places.filter(({ inodes }) => inodes !== undefined && inodes.free < FEW)
  return [...new Set(out.map(({ mount }) => mount))].map((mount) => {
    const folders = out.filter((place) => place.mount === mount).map(({ path }) => path)
    return {
      code: 'DISK_FULL',
      seen: {
        en: `hardly an inode is free on ${mount} (${folders.join(', ')})`,
        zh: `${mount}（${folders.join('、')}）的 inode 几乎用完`,
      },
      cause: {
        en: 'each file takes one: the services can create no more files there, however much space is free',
        zh: '每个文件占用一个 inode：即使仍有剩余空间，相关服务也无法再创建文件',
      },
      fix: {
        en: `delete files that nobody needs there (df -i ${shellWord(mount)})`,
        zh: `请在该处删除不需要的文件（df -i ${shellWord(mount)}）`,
      },
    }
  })
}

/** Where services write once they are installed. Programs may well lie on a read-only mount then. */
function written({ role, kubeEdgeOnly }: Receipt): string[] {
  const own =
    kubeEdgeOnly === undefined ? [role === 'edge' ? PLACES.containerd : PLACES.k3s, PLACES.pods] : []
  return [PLACES.settings, PLACES.state, PLACES.logs, ...own]
}

/** One finding a mount: the kernel makes a file system read-only when its disk fails. */
function readOnlyDisks(receipt: Receipt, facts: Facts): Diagnosis[] {
  const paths = written(receipt)
  const places = facts.places.filter(({ path, options }) => paths.includes(path) && options.includes('ro'))
  return [...new Set(places.map(({ mount }) => mount))].map((mount) => {
    const folders = places.filter((place) => place.mount === mount).map(({ path }) => path)
    return {
      code: 'DISK_READ_ONLY',
      seen: {
        en: `${mount} is mounted read-only (${folders.join(', ')})`,
        zh: `${mount} 为只读挂载（${folders.join('、')}）`,
      },
      cause: {
        en: 'the kernel does so after errors of the disk or SD card: services go on from memory and lose what they write',
        zh: '磁盘或 SD 卡出错后，内核会将文件系统改为只读：服务仅凭内存继续运行，写入的数据会丢失',
      },
      fix: {
        en: `dmesg tells of errors: then back up what is needed and replace the disk; without any: mount -o remount,rw ${shellWord(mount)}`,
        zh: `用 dmesg 查看磁盘错误：如有，请备份所需数据并更换磁盘；如没有，执行 mount -o remount,rw ${shellWord(mount)}`,
      },
    }
  })
}

interface Moved {
  /** Whether the address was set, and not found out. */
  readonly isSaid: boolean
  readonly receipt: Receipt
  readonly facts: Facts
}

function addressGone(nodeIp: string, { isSaid, receipt, facts }: Moved): Diagnosis {
  const address = nodeAddresses(facts)[0]?.address
  const launcher = launcherOf(receipt)
  const again = isSaid
    ? {
        en: `${launcher} --node-ip ${address ?? 'ADDRESS'}`,
        zh: `${launcher} --node-ip ${address ?? '地址'}`,
      }
    : same(launcher)
  const onEdges = commandOnEdges(address)
  const advertised = receipt.settings.advertiseAddresses
  const isDialled = receipt.role === 'cloud' && !(Array.isArray(advertised) && !advertised.includes(nodeIp))
  const moved = isDialled
    ? {
        en: `${again.en}, then on each edge: ${onEdges.en}`,
        zh: `${again.zh}，然后在每个边缘节点执行 ${onEdges.zh}`,
      }
    : again
  return {
    code: 'NODE_IP_FOREIGN',
    seen: {
      en: `nodeIp ${nodeIp} is not an address of this machine`,
      zh: `nodeIp ${nodeIp} 不是本机地址`,
    },
    cause: {
      en: 'its network interface is down or has another address now: other nodes cannot reach this node',
      zh: '网卡未启用，或地址已变更：其他节点无法访问本节点',
    },
    fix: {
      en: `give the interface this address again (ip -4 addr shows what it has); if the address has changed permanently: ${moved.en}`,
      zh: `为网卡恢复该地址（ip -4 addr 查看现有地址）；如地址已永久变更：${moved.zh}`,
    },
  }
}

function goOnOrBack(receipt: Receipt): Text {
  const program = launcherOf(receipt)
  const goOn = {
    en: `run ${program}: it resumes where it stopped`,
    zh: `执行 ${program}，将从中断处继续`,
  }
  const back = commandBack(receipt)
  if (back === undefined) return goOn
  return {
    en: `${goOn.en}; or go back to ${back.bundle}: ${back.command.en}`,
    zh: `${goOn.zh}；或回退到 ${back.bundle}：${back.command.zh}`,
  }
}

const NOT_INSTALLED: Diagnosis = {
  code: 'NOT_INSTALLED',
  seen: { en: 'nothing is installed on this machine yet', zh: '本机尚未安装' },
  cause: { en: './install.sh has not been run here', zh: '尚未执行 ./install.sh' },
  fix: { en: 'run ./install.sh', zh: '执行 ./install.sh' },
}
