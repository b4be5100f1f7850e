import type { Text } from '@edgelift/core'
import { portState } from '../inspect/cloud-facts.ts'
import { formatKubectl } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { podStates } from '../kube/kubectl.ts'
import { EDGEMESH_DNS } from '../kubeedge/edgecore-config.ts'
import { joinDiagnosis } from '../kubeedge/join.ts'
import type { Facts } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from '../node/pressure.ts'
import { isActive, unitLog } from '../node/units.ts'
import { HTTPS_AFTER_HUB, TUNNEL_AFTER_HUB } from '../settings/edge.ts'
import { HUB_PORT } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { answersOfReceipt } from '../state/settings-of-receipt.ts'
import type { Diagnosis } from './diagnosis.ts'

const LITTLE = 200 * 2 ** 20 // bytes: below it containerd and the kubelet begin to fail

const PATIENCE = 5000 // milliseconds for a port of the cloud: a link that is slow is not down

/** What the receipt and the facts of the host tell. Pure. */
export function hostDiagnoses(receipt: Receipt | undefined, facts: Facts): Diagnosis[] {
  const found: Diagnosis[] = []
  if (receipt?.completed === undefined)
    found.push({
      code: receipt === undefined ? 'NOT_INSTALLED' : 'INSTALLATION_INCOMPLETE',
      seen:
        receipt === undefined
          ? { en: 'nothing was installed here by edgelift', zh: '本机没有由 edgelift 安装的内容' }
          : { en: 'the installation was not finished', zh: '安装尚未完成' },
      cause: { en: 'see ./edgelift status', zh: '查看 ./edgelift status' },
      fix: { en: 'run ./install.sh: it goes on where it stopped', zh: '执行 ./install.sh，将从中断处继续' },
    })
  const full = facts.places.filter(({ freeBytes }) => freeBytes < LITTLE).map(({ path }) => path)
  if (full.length > 0)
    found.push({
      code: 'DISK_FULL',
      seen: {
        en: `less than 200 MiB are free at ${full.join(', ')}`,
        zh: `剩余空间不足 200 MiB：${full.join('、')}`,
      },
      cause: { en: 'the programs there cannot write any more', zh: '相关程序将无法写入' },
      fix: { en: 'free space there', zh: '请清理磁盘空间' },
    })
  if (receipt !== undefined && receipt.kubeEdgeOnly === undefined) {
    const { role } = receipt
    for (const one of diskPressure(facts.places, role)) {
      const cause = pressureMatters(one, role)
      found.push({ code: 'DISK_PRESSURE', seen: pressureSeen(one), cause, fix: pressureFix(one) })
    }
  }
  const usable = facts.nameservers.filter((server) => server !== EDGEMESH_DNS)
  if (usable.length === 0 || usable.length < facts.nameservers.length)
    found.push({
      code: 'NAMESERVER_MISSING',
      problem: 'P1',
      seen:
        usable.length === 0
          ? { en: '/etc/resolv.conf names no nameserver', zh: '/etc/resolv.conf 中没有 nameserver' }
          : { en: `/etc/resolv.conf names ${EDGEMESH_DNS}`, zh: `/etc/resolv.conf 中含有 ${EDGEMESH_DNS}` },
      cause: {
        en: "EdgeMesh's agent forwards other names there: it ends without one (CrashLoopBackOff), and with its own address it asks itself",
        zh: 'EdgeMesh agent 将其他域名转发至此：没有则退出（CrashLoopBackOff），写成自身地址则形成循环',
      },
      fix: { en: 'write a line "nameserver 127.0.0.1" instead', zh: '改为写入一行 "nameserver 127.0.0.1"' },
    })
  return found
}

/** Services that should run, with their own last words. */
export async function unitDiagnoses(
  host: Host,
  receipt: Receipt,
  units: readonly string[],
): Promise<Diagnosis[]> {
  const answers = answersOfReceipt(receipt)
  const hubPort = (answers.role === 'edge' && answers.cloud?.hubPort) || HUB_PORT
  const found: Diagnosis[] = []
  for (const unit of units) {
    if (await isActive(host, unit)) continue
    const log = await unitLog(host, unit, 40)
    const cause: Text =
      unit === 'edgecore.service'
        ? joinDiagnosis(log, hubPort)
        : { en: 'it was stopped, or it fails when it starts', zh: '已被停止，或启动失败' }
    const last = log.trim().split('\n').at(-1) ?? ''
    found.push({
      code: 'UNIT_DOWN',
      seen: { en: `${unit} does not run: ${last}`, zh: `${unit} 未运行：${last}` },
      cause,
      fix: {
        en: `journalctl -u ${unit}; systemctl start ${unit}`,
        zh: `journalctl -u ${unit}；systemctl start ${unit}`,
      },
    })
  }
  return found
}

/** Whether the cloud's ports can be reached from this edge. */
export async function cloudDiagnoses(receipt: Receipt | undefined): Promise<Diagnosis[]> {
  const answers = receipt && answersOfReceipt(receipt)
  if (answers?.role !== 'edge' || answers.cloud === undefined) return []
  const { host, hubPort } = answers.cloud
  const ports = [hubPort, hubPort + HTTPS_AFTER_HUB, hubPort + TUNNEL_AFTER_HUB]
  const states = await Promise.all(ports.map((port) => portState(host, port, PATIENCE)))
  const closed = ports.filter((_, index) => states[index] !== 'open')
  if (closed.length === 0) return []
  return [
    {
      code: 'CLOUD_UNREACHABLE',
      problem: 'P6',
      seen: {
        en: `${host} does not answer at TCP ${closed.join(', ')}`,
        zh: `${host} 的 TCP ${closed.join('、')} 端口无应答`,
      },
      cause: {
        en: 'the cloud or its CloudCore is down, or a firewall is between',
        zh: '云端或 CloudCore 未运行，或被防火墙阻断',
      },
      fix: {
        en: 'on the cloud: ./edgelift doctor; open these ports',
        zh: '在云端执行 ./edgelift doctor，并开放这些端口',
      },
    },
  ]
}

/** Pods of KubeEdge and EdgeMesh that do not run. */
export async function podDiagnoses(cluster: Cluster): Promise<Diagnosis[]> {
  const pods = (await podStates(cluster, 'kubeedge', '')).filter(
    (pod) => !pod.running && pod.reason !== 'Succeeded',
  )
  return pods.map(({ name, node, reason }) => {
    const isImage = /Image/.test(reason)
    const isCrash = reason === 'CrashLoopBackOff'
    return {
      code: isImage ? 'IMAGE_NOT_PULLED' : isCrash ? 'POD_CRASHES' : 'POD_NOT_RUNNING',
      problem: isImage ? 'P7' : isCrash ? 'P1' : undefined,
      seen: {
        en: `${name} on ${node ?? 'no node'}: ${reason}`,
        zh: `${name}（节点 ${node ?? '无'}）：${reason}`,
      },
      cause: isImage
        ? { en: 'its image is not on that node under its exact name', zh: '该节点上没有同名镜像' }
        : isCrash
          ? {
              en: 'of an EdgeMesh agent: no nameserver in /etc/resolv.conf of its node, metaServer does not answer, or the PSK is not usable',
              zh: '若为 EdgeMesh agent：节点 /etc/resolv.conf 没有 nameserver、metaServer 无应答，或 PSK 不可用',
            }
          : { en: 'it has not started yet, or its node is down', zh: '尚未启动，或所在节点离线' },
      fix: {
        en: `on that node: ./edgelift doctor, and ./install.sh again; ${formatKubectl(cluster)} -n kubeedge describe pod ${name}`,
        zh: `在该节点执行 ./edgelift doctor 并重新执行 ./install.sh；${formatKubectl(cluster)} -n kubeedge describe pod ${name}`,
      },
    }
  })
}
