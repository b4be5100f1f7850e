import { counted } from '@edgelift/core'
import { CTR_SILENT } from '../containerd/ctr-client.ts'
import { findFaults, type WantedImage } from '../containerd/image-list.ts'
import { K3S_CLUSTER } from '../kube/access.ts'
import { unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import type { Run } from '../steps/run.ts'
import { K3S_IMAGES, K3S_UNIT } from './files.ts'
import { isNodeReady } from './node-ready.ts'
import { K3S_CTR, K3S_DATA } from './places.ts'
import { podsReported } from './reported-pods.ts'

export interface K3sStartInputs {
  readonly nodeName: string
  /** What K3s imports from its images directory. */
  readonly images: readonly WantedImage[]
}

/** Waits for the API, and for the kubelet of this K3s. */
export function nodeReady(run: Run, inputs: K3sStartInputs): Promise<void> {
  const { host } = run
  return waitUntil({
    ...onK3s(run),
    disk: { host, folder: K3S_DATA },
    id: 'kubernetes-api',
    what: {
      en: `the Kubernetes API, and node ${inputs.nodeName} Ready`,
      zh: `Kubernetes API 与节点 ${inputs.nodeName} 就绪`,
    },
    deadline: 240,
    look: async () =>
      (await isNodeReady(host, inputs.nodeName)) || {
        en: 'its kubelet has not reported Ready yet',
        zh: 'kubelet 尚未上报就绪状态',
      },
    fix: { en: 'see journalctl -u k3s', zh: '查看 journalctl -u k3s' },
  })
}

/** Waits until K3s has imported all of what lies in its images directory. */
export function imagesImported(run: Run, { images: wanted }: K3sStartInputs): Promise<void> {
  const { host } = run
  return waitUntil({
    ...onK3s(run),
    disk: { host, folder: K3S_DATA },
    id: 'images',
    what: {
      en: `${counted(wanted.length, 'image')} imported and pinned`,
      zh: `${wanted.length} 个镜像导入并固定`,
    },
    deadline: 300,
    look: async () => {
      const faults = await findFaults(host, K3S_CTR, wanted)
      if (faults === undefined) return CTR_SILENT
      const missing = [...faults.keys()]
      return (
        missing.length === 0 || {
          en: `missing: ${missing.join(', ')}`,
          zh: `缺少：${missing.join('、')}`,
        }
      )
    },
    fix: { en: `see ${K3S_IMAGES} and journalctl -u k3s`, zh: `查看 ${K3S_IMAGES} 与 journalctl -u k3s` },
  })
}

/** Waits until what the API says of pods is what this kubelet has seen. */
export function podsSeen(run: Run, { nodeName }: K3sStartInputs): Promise<void> {
  const { host } = run
  return waitUntil({
    ...onK3s(run),
    id: 'pods',
    what: {
      en: `the kubelet's report on the pods of ${nodeName}`,
      zh: `kubelet 上报 ${nodeName} 的 Pod 状态`,
    },
    deadline: 120,
    look: () => podsReported({ host, ...K3S_CLUSTER }, nodeName, K3S_CTR),
    fix: { en: 'see journalctl -u k3s', zh: '查看 journalctl -u k3s' },
  })
}

/** A wait ends where K3s does not run, and its log is told. */
function onK3s(run: Run) {
  const { host } = run
  return { ...run, services: { host, units: [K3S_UNIT] }, words: unitWords(host, K3S_UNIT) }
}
