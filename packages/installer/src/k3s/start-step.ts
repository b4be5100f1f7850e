import type { Text } from '@edgelift/core'
import { imageDrift } from '../containerd/image-drift.ts'
import { findFaults, missingImages } from '../containerd/image-list.ts'
import { K3S, K3S_CLUSTER } from '../kube/access.ts'
import { isNodeGone } from '../kube/nodes.ts'
import { restartUnit, runUnit } from '../node/unit-start.ts'
import { isActive, isEnabled, startedAfter } from '../node/units.ts'
import { disabled, tellDisabled } from '../steps/drift.ts'
import { type Drift, defineStep } from '../steps/step.ts'
import { K3S_CONFIG, K3S_UNIT, K3S_UNIT_FILE } from './files.ts'
import { isNodeReady } from './node-ready.ts'
import { K3S_CTR, K3S_SOCKET, SOCKET_FOLDERS } from './places.ts'
import { K3S_PROGRAMS, unpackPrograms } from './programs.ts'
import { importedWhileRunning } from './running-import.ts'
import { imagesImported, type K3sStartInputs, nodeReady, podsSeen } from './start-waits.ts'

/** K3s runs on what it found at its start. */
const FILES = [K3S, K3S_CONFIG, K3S_UNIT_FILE.to]

export const k3sStart = defineStep<K3sStartInputs>({
  id: 'k3s-start',
  title: { en: 'start K3s, wait for the API and the images', zh: '启动 K3s，等待 API 与镜像就绪' },
  check: async ({ host }, inputs) =>
    (await isEnabled(host, K3S_UNIT)) &&
    (await isActive(host, K3S_UNIT)) &&
    (await startedAfter(host, K3S_UNIT, FILES)) &&
    (await isNodeReady(host, inputs.nodeName)) &&
    (await missingImages(host, K3S_CTR, inputs.images)).length === 0,
  async drift({ host }, { nodeName, images: wanted }) {
    const found = await disabled(host, K3S_UNIT)
    const images = await imageDrift(host, K3S_CTR, wanted)
    if (!(await isNodeGone({ host, ...K3S_CLUSTER }, nodeName))) return [...found, ...images]
    const node: Drift = { kind: 'object', place: `Node ${nodeName}`, state: 'missing', fields: [] }
    return [...found, node, ...images]
  },
  async apply(run, inputs) {
    const { host, changes } = run
    await tellDisabled(run, K3S_UNIT)
    await changes.record({ kind: 'pods', socket: K3S_SOCKET, sockets: [...SOCKET_FOLDERS] })
    await changes.record({ kind: 'unit', unit: K3S_UNIT, programs: [K3S, `${K3S_PROGRAMS}/`] })
    // K3s imports at its start what lies in its images directory, and later only what is new there.
    const wasRunning = await isActive(host, K3S_UNIT)
    const wasReady = wasRunning && (await isNodeReady(host, inputs.nodeName))
    // A containerd that is silent says nothing of its images: they are waited for, and a restart would end what keeps it busy.
    const found = wasReady ? await findFaults(host, K3S_CTR, inputs.images) : undefined
    const faulty = [...(found?.keys() ?? [])]
    const absent = inputs.images.filter(({ reference }) => faulty.includes(reference))
    const isCurrent = await startedAfter(host, K3S_UNIT, FILES)
    const missing = isCurrent ? await importedWhileRunning(run, K3S_CTR, absent) : faulty
    const isGone =
      !wasReady && changes.wasComplete && (await isNodeGone({ host, ...K3S_CLUSTER }, inputs.nodeName))
    if (isGone) run.report({ type: 'note', level: 'warning', text: registersAgain(inputs.nodeName) })
    if (missing.length > 0) run.report({ type: 'note', level: 'info', text: imports(missing) })
    if (!wasRunning || !isCurrent) await unpackPrograms(host)
    if (missing.length > 0 || isGone) await restartUnit(run, K3S_UNIT)
    await runUnit(run, K3S_UNIT, FILES)
    await nodeReady(run, inputs)
    await imagesImported(run, inputs)
    await podsSeen(run, inputs)
  },
})

function imports(references: readonly string[]): Text {
  return {
    en: `images that are missing, not pinned or of other content: ${references.join(', ')}; K3s is restarted to import them`,
    zh: `缺失、未固定或内容不符的镜像：${references.join('、')}；重启 K3s 以导入`,
  }
}

function registersAgain(nodeName: string): Text {
  return {
    en: `Node ${nodeName} was deleted: K3s is restarted and registers it again`,
    zh: `Node ${nodeName} 已被删除：将重启 K3s 以重新注册`,
  }
}
