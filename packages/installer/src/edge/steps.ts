import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { mustExec, writeFileAtomic } from '@edgelift/core'
import { onHost, readHostFile } from '../host.ts'
import { endProcesses } from '../remove/processes.ts'
import type { StepContext } from '../steps/context.ts'
import { writingTo } from '../steps/disk.ts'
import { filesStep } from '../steps/files.ts'
import { type Ctr, importImage, missingImages } from '../steps/images.ts'
import type { Step } from '../steps/step.ts'
import { isActive, isEnabled, restartUnit, runUnit, startedAfter, stopUnit, unitLog } from '../steps/units.ts'
import { waitUntil } from '../steps/wait.ts'
import { forgetCertificate, hasCertificate } from './certificate.ts'
import { EDGECORE_CONFIG, edgecoreConfig, saysEdgecoreConfig } from './edgecore-config.ts'
import { joinDiagnosis, metaServerServices } from './join.ts'
import {
  CONTAINERD_TREES,
  EDGE_FOLDERS,
  EDGECORE_TREES,
  removeBundledPods,
  removeImages,
  removePods,
} from './remove.ts'
import {
  CNI_PROGRAMS,
  CONFLIST_FILE,
  CONTAINERD_CONFIG,
  CONTAINERD_UNIT,
  CONTAINERD_UNIT_FILE,
  containerdConfig,
  EDGECORE_UNIT,
  EDGECORE_UNIT_FILE,
  KERNEL_FILES,
  RUNTIME_PROGRAMS,
} from './runtime-files.ts'
import type { EdgeSettings } from './settings.ts'

/** A service that was started before one of its files was laid down runs on what was there before. */
const CONTAINERD_FILES = ['/usr/local/bin/containerd', CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE.to]
/** Its configuration is not among them: EdgeCore rewrites it itself. */
const EDGECORE_FILES = ['/usr/local/bin/edgecore', EDGECORE_UNIT_FILE.to]
/** Where images lie unless containerd's configuration says otherwise. */
const IMAGE_STORE = '/var/lib/containerd'
export const EDGE_CTR: Ctr = ['/usr/local/bin/ctr', '-n', 'k8s.io']
const HOST_CTR: Ctr = ['ctr', '-n', 'k8s.io']

export interface EdgeContext extends StepContext {
  readonly settings: EdgeSettings
  /** The join token; only read when the node has no certificate yet. */
  readonly token: () => Promise<string>
}

/** The edge's installation in the guide's order (G40-G44). */
export function edgeSteps(context: EdgeContext): Step[] {
  return [
    runtimeStep(context),
    containerdStep(context),
    imagesStep(context),
    edgecoreFilesStep(context),
    edgecoreConfigStep(context),
    joinStep(context),
  ]
}

function runtimeStep(context: EdgeContext): Step {
  const bundled = context.settings.containerd === 'bundled'
  const config = {
    to: CONTAINERD_CONFIG,
    mode: 0o644,
    content: containerdConfig(context.settings.sandboxImage),
  }
  return filesStep(context, {
    id: 'container-runtime',
    title: { en: 'containerd, runc and CNI plugins', zh: '安装 containerd、runc 与 CNI 插件' },
    laid: bundled ? RUNTIME_PROGRAMS : CNI_PROGRAMS,
    written: [...KERNEL_FILES, CONFLIST_FILE, ...(bundled ? [config, CONTAINERD_UNIT_FILE] : [])],
  })
}

function containerdStep(context: EdgeContext): Step {
  const { host, ledger, settings } = context
  const answers = async () => {
    const result = await host.exec(ctrOf(settings)[0], ['version'], { timeout: 10_000 })
    return result.code === 0
  }
  return {
    id: 'containerd-start',
    title: { en: 'start containerd', zh: '启动 containerd' },
    check: async () =>
      (await isEnabled(host, CONTAINERD_UNIT)) &&
      (await isActive(host, CONTAINERD_UNIT)) &&
      (settings.containerd === 'existing' || (await startedAfter(host, CONTAINERD_UNIT, CONTAINERD_FILES))) &&
      (await answers()),
    async apply() {
      for (const folder of EDGE_FOLDERS) await ledger.folder(folder)
      if (settings.containerd === 'bundled') for (const tree of CONTAINERD_TREES) await ledger.own(tree)
      await host.exec('modprobe', ['-a', 'overlay', 'br_netfilter']).catch(() => undefined)
      await host
        .exec('sysctl', ['-q', '-p', onHost(host, '/etc/sysctl.d/90-edgelift.conf')])
        .catch(() => undefined)
      if (settings.containerd === 'bundled') await runUnit(host, CONTAINERD_UNIT, CONTAINERD_FILES)
      await waitUntil({
        ...context,
        id: 'containerd',
        what: { en: 'containerd answers', zh: 'containerd 应答' },
        deadline: 60,
        look: async () => (await answers()) || { en: 'no answer yet', zh: '尚无应答' },
        words: () => unitLog(host, CONTAINERD_UNIT),
        cure: { en: 'see journalctl -u containerd', zh: '查看 journalctl -u containerd' },
      })
    },
    async undo() {
      if (settings.containerd === 'existing') return
      await stopUnit(host, CONTAINERD_UNIT)
      await removeBundledPods(host, ledger)
    },
  }
}

function imagesStep(context: EdgeContext): Step {
  const { host, ledger, manifest, directory, settings } = context
  const ctr = ctrOf(settings)
  const references = manifest.images.map((image) => image.reference)
  return {
    id: 'images',
    title: { en: 'import and pin the images', zh: '导入并固定镜像' },
    check: async () => (await missingImages(host, ctr, references)).length === 0,
    async apply() {
      const missing = new Set(await missingImages(host, ctr, references))
      for (const image of manifest.images) {
        if (!missing.has(image.reference)) continue
        const size = manifest.files.find((file) => file.path === image.file)?.size ?? 0
        await writingTo(host, { file: IMAGE_STORE, size }, () =>
          importImage(host, ctr, path.join(directory, image.file)),
        )
      }
      const still = await missingImages(host, ctr, references)
      if (still.length > 0) throw new Error(`imported, and yet not complete: ${still.join(', ')}`)
    },
    async undo() {
      if (settings.containerd === 'existing') await removeImages(host, ledger, { ctr, references })
    },
  }
}

function edgecoreFilesStep(context: EdgeContext): Step {
  return filesStep(context, {
    id: 'edgecore',
    title: { en: 'EdgeCore', zh: '安装 EdgeCore' },
    laid: [
      { from: 'edgecore', to: '/usr/local/bin/edgecore', mode: 0o755 },
      { from: 'keadm', to: '/usr/local/bin/keadm', mode: 0o755 },
    ],
    written: [EDGECORE_UNIT_FILE],
  })
}

/** EdgeCore rewrites its file: what is there is kept once the node has its certificate. */
function edgecoreConfigStep(context: EdgeContext): Step {
  const { host, ledger, settings } = context
  const joined = () => hasCertificate(host, settings.nodeName)
  return {
    id: 'edgecore-config',
    title: { en: "EdgeCore's configuration", zh: '配置 EdgeCore' },
    async check() {
      const text = (await readHostFile(host, EDGECORE_CONFIG)) ?? ''
      return saysEdgecoreConfig(text, edgecoreConfig(settings, '')) && (await joined())
    },
    async apply() {
      const isJoined = await joined()
      const config = edgecoreConfig(settings, isJoined ? '' : await context.token())
      await writingTo(host, { file: EDGECORE_CONFIG, size: config.length }, async () => {
        for (const tree of EDGECORE_TREES) await ledger.own(tree)
        await ledger.claim(EDGECORE_CONFIG)
        // The kubelet in EdgeCore logs an error each second while its folder for static pods is not there.
        await mkdir(onHost(host, '/etc/kubeedge/manifests'), { recursive: true })
        await writeFileAtomic(onHost(host, EDGECORE_CONFIG), config, 0o600)
      })
      if (!isJoined) await forgetCertificate(host)
      if (await isActive(host, EDGECORE_UNIT)) await restartUnit(host, EDGECORE_UNIT)
    },
    undo: () => ledger.release(EDGECORE_CONFIG),
  }
}

function joinStep(context: EdgeContext): Step {
  const { host, ledger, settings } = context
  const agent =
    context.manifest.images.find((image) => image.reference.includes('edgemesh-agent'))?.reference ?? ''
  return {
    id: 'join',
    title: { en: 'start EdgeCore and join the cluster', zh: '启动 EdgeCore 并加入集群' },
    check: async () =>
      (await isEnabled(host, EDGECORE_UNIT)) &&
      (await isActive(host, EDGECORE_UNIT)) &&
      (await startedAfter(host, EDGECORE_UNIT, EDGECORE_FILES)) &&
      (await hasCertificate(host, settings.nodeName)) &&
      ((await metaServerServices())?.length ?? 0) > 0 &&
      (await agentRuns(context, agent)),
    async apply() {
      await runUnit(host, EDGECORE_UNIT, EDGECORE_FILES)
      const disk = { host, folder: '/var/lib/kubeedge' }
      const wait = { ...context, disk, words: () => unitLog(host, EDGECORE_UNIT) }
      await waitUntil({
        ...wait,
        id: 'certificate',
        what: { en: `the certificate from ${settings.cloudHost}`, zh: `来自 ${settings.cloudHost} 的证书` },
        deadline: 120,
        look: async () =>
          (await hasCertificate(host, settings.nodeName)) ||
          joinDiagnosis(await unitLog(host, EDGECORE_UNIT, 40)),
        cure: {
          en: 'check the token, and that ports 10000 and 10002 of the cloud are open',
          zh: '请检查令牌以及云端 10000、10002 端口',
        },
      })
      await waitUntil({
        ...wait,
        id: 'metaserver',
        what: { en: "metaServer answers with the cluster's services", zh: 'metaServer 返回集群服务' },
        deadline: 180,
        look: async () =>
          ((await metaServerServices()) ?? []).length > 0 ||
          joinDiagnosis(await unitLog(host, EDGECORE_UNIT, 40)),
        cure: {
          en: 'see journalctl -u edgecore, and CloudCore on the cloud',
          zh: '查看 journalctl -u edgecore 以及云端 CloudCore',
        },
      })
      await waitUntil({
        ...wait,
        id: 'edgemesh',
        what: { en: "EdgeMesh's agent runs", zh: 'EdgeMesh agent 运行' },
        deadline: 240,
        look: async () =>
          (await agentRuns(context, agent)) || {
            en: 'its pod is not running on this node',
            zh: '其 Pod 未在本节点运行',
          },
        cure: {
          en: 'on the cloud: kubectl -n kubeedge get pods -o wide',
          zh: '在云端执行：kubectl -n kubeedge get pods -o wide',
        },
      })
    },
    async undo() {
      await stopUnit(host, EDGECORE_UNIT)
      await endProcesses(host, { programs: ['/usr/local/bin/edgecore'] })
      if (settings.containerd === 'existing') await removePods(host, ledger, ctrOf(settings))
    },
  }
}

function ctrOf(settings: EdgeSettings): Ctr {
  return settings.containerd === 'bundled' ? EDGE_CTR : HOST_CTR
}

/** Whether a container of that image has a running task, by containerd's own word. */
export async function agentRuns({ host, settings }: EdgeContext, image: string): Promise<boolean> {
  const [command, ...args] = ctrOf(settings)
  const containers = await mustExec(host.exec, command, [...args, 'containers', 'ls']).catch(() => '')
  const ids = containers
    .split('\n')
    .filter((line) => line.includes(image))
    .map((line) => line.split(/\s/, 1)[0] ?? '')
  const tasks = await mustExec(host.exec, command, [...args, 'tasks', 'ls']).catch(() => '')
  return tasks
    .split('\n')
    .some((line) => line.includes('RUNNING') && ids.includes(line.split(/\s/, 1)[0] ?? '-'))
}
