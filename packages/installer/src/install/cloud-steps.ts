import { lstat, readlink, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { archOf, k3sPath, PATHS } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import { type Ctr, imagesDirectoryName, missingImages } from '../containerd/images.ts'
import { importedStep } from '../containerd/import-step.ts'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import { K3S, K3S_CONFIG, K3S_IMAGES, K3S_UNIT, K3S_UNIT_FILE, k3sConfig } from '../k3s/files.ts'
import { K3S_DATA, K3S_FOLDERS, K3S_TREES, removeK3s } from '../k3s/remove.ts'
import { k3sScripts } from '../k3s/scripts.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import { type ChartContext, chartStep, chosenCharts, goneChartsStep } from '../kubeedge/charts.ts'
import {
  answersStep,
  borrowedProgramsStep,
  crdsStep,
  goneStep,
  namespaceStep,
  serviceLabelStep,
} from '../kubeedge/cluster-steps.ts'
import { existsOnHost, onHost } from '../node/host.ts'
import { isActive, isEnabled, restartUnit, runUnit, startedAfter, stopUnit, unitLog } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { clearMarks } from '../state/markers.ts'
import { filesStep } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'

export const K3S_CTR: Ctr = [K3S, 'ctr', '-n', 'k8s.io']
/** K3s runs on what it found at its start. */
const K3S_FILES = [K3S, K3S_CONFIG, K3S_UNIT_FILE.to]

/** The cloud's installation in the guide's order (G20-G28, with 5.5 before EdgeMesh and 6.5 inside CloudCore's values). */
export function cloudSteps(context: ChartContext): Step[] {
  return [
    k3sFilesStep(context),
    imagesStep(context),
    symlinksStep(context),
    k3sStep(context),
    ...kubeEdgeSteps(context).map(withCluster),
  ]
}

/** What lies in the cluster goes with it: nobody has to be asked, also when the API is gone. */
function withCluster(step: Step): Step {
  return { ...step, undo: () => Promise.resolve() }
}

/** The KubeEdge part on a cluster that was there before (G29): what it needs of images on this node comes first. */
export function kubeEdgeOnlySteps(context: ChartContext, foreign: ExistingCluster): Step[] {
  if (foreign.isGone)
    return [borrowedProgramsStep(context), goneStep(context), ...kubeEdgeSteps(context).map(withCluster)]
  const { ctr } = foreign
  const imported =
    ctr === undefined ? [] : [importedStep({ ...context, ctr, images: foreign.images, keepsOthers: true })]
  return [
    borrowedProgramsStep(context),
    ...imported,
    ...kubeEdgeSteps(context),
    answersStep(context, foreign),
  ]
}

function kubeEdgeSteps(context: ChartContext): Step[] {
  return [
    namespaceStep(context),
    crdsStep(context),
    serviceLabelStep(context),
    goneChartsStep(context),
    ...chosenCharts(context).map((chart) => chartStep(context, chart)),
  ]
}

function k3sFilesStep(context: ChartContext): Step {
  const arch = archOf(context.manifest.platform)
  return filesStep(context, {
    id: 'k3s',
    title: { en: 'K3s: program, configuration, unit', zh: '安装 K3s：程序、配置、服务' },
    laid: [
      { from: k3sPath(arch), to: K3S, mode: 0o755 },
      { from: PATHS.keadm, to: '/usr/local/bin/keadm', mode: 0o755 },
    ],
    written: [...k3sConfig(context.settings), K3S_UNIT_FILE, ...k3sScripts(context.directory)],
    trees: K3S_TREES,
    folders: K3S_FOLDERS,
  })
}

/** Only image tarballs go there: K3s takes a `.txt` for a list of images to pull. */
function imagesStep(context: ChartContext): Step {
  const files = new Map(context.manifest.files.map((file) => [file.path, file]))
  const laid = context.manifest.images.flatMap((image) => {
    const file = files.get(image.file)
    return file === undefined
      ? []
      : [{ from: file.path, to: `${K3S_IMAGES}/${imagesDirectoryName(file)}`, mode: 0o644 }]
  })
  return filesStep(context, {
    id: 'k3s-images',
    title: { en: "images into K3s' images directory", zh: '导入镜像到 K3s 镜像目录' },
    laid,
  })
}

/** `kubectl`, `crictl` and `ctr`, where no command of that name is there yet. */
function symlinksStep({ host, ledger }: ChartContext): Step {
  const links = ['kubectl', 'crictl', 'ctr'].map((name) => `/usr/local/bin/${name}`)
  const taken = async (link: string) => {
    const name = path.basename(link)
    const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
    for (const place of places) if (await existsOnHost(host, `${place}/${name}`)) return true
    return false
  }
  return {
    id: 'k3s-links',
    title: { en: 'kubectl, crictl and ctr', zh: 'kubectl、crictl 与 ctr 链接' },
    async check() {
      for (const link of links) if (!(await taken(link))) return false
      return true
    },
    async apply() {
      for (const link of links) {
        if (await taken(link)) continue
        await ledger.claim(link)
        await rm(onHost(host, link), { force: true }) // one that leads nowhere
        await symlink('k3s', onHost(host, link))
      }
    },
    async ours() {
      const found: string[] = []
      for (const link of links) if (await pointsToK3s(onHost(host, link))) found.push(link)
      return found
    },
    async undo() {
      for (const link of links) {
        if (await pointsToK3s(onHost(host, link))) await ledger.release(link)
      }
    },
  }
}

async function pointsToK3s(link: string): Promise<boolean> {
  try {
    return (await lstat(link)).isSymbolicLink() && (await readlink(link)) === 'k3s'
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

function k3sStep(context: ChartContext): Step {
  const { host, ledger, cluster, manifest, settings } = context
  const references = manifest.images.map((image) => image.reference)
  const nodeReady = async () => {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`
    return (await tryKubectl(cluster, 'get', 'node', settings.nodeName, '-o', path)) === 'True'
  }
  return {
    id: 'k3s-start',
    title: { en: 'start K3s, wait for the API and the images', zh: '启动 K3s，等待 API 与镜像就绪' },
    check: async () =>
      (await isEnabled(host, K3S_UNIT)) &&
      (await isActive(host, K3S_UNIT)) &&
      (await startedAfter(host, K3S_UNIT, K3S_FILES)) &&
      (await nodeReady()) &&
      (await missingImages(host, K3S_CTR, references)).length === 0,
    async apply() {
      // K3s imports at its start what lies in its images directory, and later only what is new there.
      const isStale = (await nodeReady()) && (await missingImages(host, K3S_CTR, references)).length > 0
      if (isStale) await restartUnit(host, K3S_UNIT)
      await runUnit(host, K3S_UNIT, K3S_FILES)
      const disk = { host, folder: K3S_DATA }
      const services = { host, units: [K3S_UNIT] }
      const wait = { ...context, disk, services, words: () => unitLog(host, K3S_UNIT) }
      await waitUntil({
        ...wait,
        id: 'kubernetes-api',
        what: {
          en: `Kubernetes' API, and node ${settings.nodeName} Ready`,
          zh: `Kubernetes API 与节点 ${settings.nodeName} 就绪`,
        },
        deadline: 240,
        look: async () => (await nodeReady()) || { en: 'the node is not Ready', zh: '节点尚未就绪' },
        fix: { en: 'see journalctl -u k3s', zh: '查看 journalctl -u k3s' },
      })
      await waitUntil({
        ...wait,
        id: 'images',
        what: {
          en: `${references.length} images imported and pinned`,
          zh: `${references.length} 个镜像导入并固定`,
        },
        deadline: 300,
        look: async () => {
          const missing = await missingImages(host, K3S_CTR, references)
          return (
            missing.length === 0 || {
              en: `missing: ${missing.join(', ')}`,
              zh: `缺少：${missing.join('、')}`,
            }
          )
        },
        fix: {
          en: `see ${K3S_IMAGES} and journalctl -u k3s`,
          zh: `查看 ${K3S_IMAGES} 与 journalctl -u k3s`,
        },
      })
    },
    async undo() {
      await stopUnit(host, K3S_UNIT)
      await removeK3s(host, ledger)
      await clearMarks(host)
    },
  }
}
