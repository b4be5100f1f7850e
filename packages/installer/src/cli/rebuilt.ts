import type { Text } from '@edgelift/core'
import { rebuiltInCluster } from '../inspect/lost-cluster-receipt.ts'
import { rebuiltReceipt } from '../inspect/lost-receipt.ts'
import type { Place } from '../kube/access.ts'
import { receiptFor } from '../state/host-changes.ts'
import { NOTHING_BEFORE, type Receipt } from '../state/receipt.ts'

export interface Rebuilt {
  /** Stands for the one that was deleted; undefined where nothing is installed. */
  readonly receipt?: Receipt
  /** What cannot be known without it. */
  readonly notes: readonly Text[]
}

/** Of a machine without a receipt: by looking, at the machine first and then at the cluster of its administrator. */
export async function rebuilt(place: Place): Promise<Rebuilt> {
  const { directory, manifest } = place
  const { name: bundle, role, lock, edgelift } = manifest
  const head = { bundle, role, lock, edgelift, directory, settings: {}, node: {} }
  const found = await rebuiltReceipt(place)
  if (found !== undefined) return { receipt: receiptFor(head, found, found.baseline), notes: [LOST] }
  const inCluster = role === 'cloud' ? await rebuiltInCluster(place) : undefined
  if (inCluster === undefined) return { notes: [] }
  const { kubeconfig } = inCluster
  if (inCluster.state === 'unknown') return { notes: [silent(kubeconfig)] }
  const { isFromHere, releases = [], steps } = inCluster
  if (!isFromHere) return { notes: [fromElsewhere(kubeconfig, releases)] }
  const known = { baseline: NOTHING_BEFORE, steps }
  const receipt = receiptFor({ ...head, kubeEdgeOnly: { kubeconfig } }, known, NOTHING_BEFORE)
  return { receipt, notes: [LOST, CLUSTER_KEEPS] }
}

const LOST: Text = {
  en: 'the receipt is missing: files that match this archive are removed, and former files cannot be restored',
  zh: '安装回执已丢失：将移除与本离线包内容一致的文件，原有文件无法恢复',
}

const CLUSTER_KEEPS: Text = {
  en: 'whether the namespace kubeedge, the CRDs and the images were there before is not known: they stay',
  zh: '无法得知命名空间 kubeedge、CRD 和镜像是否原本就存在：予以保留',
}

function silent(kubeconfig: string): Text {
  return {
    en: `the cluster of ${kubeconfig} does not respond, so whether KubeEdge was installed in it is not known: start it and run ./cleanup.sh again`,
    zh: `${kubeconfig} 所指的集群无响应，无法得知其中是否安装过 KubeEdge：请启动集群后重新执行 ./cleanup.sh`,
  }
}

function fromElsewhere(kubeconfig: string, releases: readonly string[]): Text {
  const names = releases.join(', ')
  return {
    en: `the cluster of ${kubeconfig} has releases that edgelift installed (${names}), and nothing here tells whether from this machine: if so, run ./install-kubeedge-only.sh, which takes them over, and then ./cleanup.sh`,
    zh: `${kubeconfig} 所指的集群中有由 edgelift 安装的 release（${names}），但本机没有记录表明是从本机安装的：若是，请先执行 ./install-kubeedge-only.sh 接管，再执行 ./cleanup.sh`,
  }
}
