import { emptyConfig } from '../containerd/config.ts'
import { containerdConfig } from '../containerd/config-step.ts'
import {
  CONFLIST_FILE,
  CONTAINERD_CONFIG,
  CONTAINERD_TREES,
  CONTAINERD_UNIT_FILE,
  containerdConfigText,
  KERNEL_FILES,
  RUNTIME_PROGRAMS,
} from '../containerd/files.ts'
import { images } from '../containerd/images-step.ts'
import type { EdgeRuntime } from '../containerd/runtime.ts'
import { containerdStart } from '../containerd/start-step.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { edgecoreCertificate } from '../kubeedge/edgecore-certificate-step.ts'
import { edgecoreConfig } from '../kubeedge/edgecore-config.ts'
import { edgecoreConfiguration } from '../kubeedge/edgecore-config-step.ts'
import {
  EDGE_FOLDERS,
  EDGECORE_PROGRAMS,
  EDGECORE_TREES,
  EDGECORE_UNIT_FILE,
} from '../kubeedge/edgecore-files.ts'
import { join } from '../kubeedge/join-step.ts'
import { SOON } from '../node/certificate-end.ts'
import type { ResolvedEdge } from '../settings/edge.ts'
import { files } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'
import type { Bundle } from './bundle.ts'

type Found = Pick<Inspection, 'runtime' | 'cni'>

/** The edge's installation in the guide's order (G40-G44). */
export function edgePlan({ runtime, cni }: Found, settings: ResolvedEdge, { manifest }: Bundle): Step[] {
  if (runtime === undefined) throw new Error('the containerd of an edge was not looked at')
  const { ctr, socket } = runtime
  const { nodeName, cloudHost, hubPort } = settings
  const shared = runtime.kind === 'existing'
  const agent = manifest.images.find(({ reference }) => reference.includes('edgemesh-agent'))
  return [
    ...(shared ? existingRuntime(runtime, cni) : bundledRuntime(runtime, settings)),
    images({
      ctr,
      socket,
      shared,
      images: manifest.images.map(({ reference, digest, file }) => ({ reference, digest, file })),
    }),
    files({
      id: 'edgecore',
      title: { en: 'install EdgeCore', zh: '安装 EdgeCore' },
      packed: EDGECORE_PROGRAMS,
      generated: [EDGECORE_UNIT_FILE],
    }),
    edgecoreConfiguration({ nodeName, config: edgecoreConfig(settings, { token: '', runtime }) }),
    join({ nodeName, cloudHost, hubPort, ctr, socket, shared, agentImage: agent?.reference ?? null }),
    edgecoreCertificate({ cloudHost, hubPort, days: SOON }),
  ]
}

function bundledRuntime({ ctr, socket }: EdgeRuntime, { sandboxImage }: ResolvedEdge): Step[] {
  const config = { to: CONTAINERD_CONFIG, mode: 0o644, content: containerdConfigText(sandboxImage) }
  return [
    files({
      id: 'container-runtime',
      title: { en: 'install containerd, runc and CNI plugins', zh: '安装 containerd、runc 与 CNI 插件' },
      packed: RUNTIME_PROGRAMS,
      generated: [...KERNEL_FILES, CONFLIST_FILE, config, CONTAINERD_UNIT_FILE],
      trees: treesOf([...EDGECORE_TREES, ...CONTAINERD_TREES]),
      folders: EDGE_FOLDERS,
    }),
    containerdStart({
      bundled: true,
      ctr,
      socket,
      files: ['/usr/local/bin/containerd', CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE.to],
    }),
  ]
}

/** An existing containerd is only adapted. */
function existingRuntime({ found, ctr, socket }: EdgeRuntime, cni: Inspection['cni']): Step[] {
  const file = found?.configFile ?? CONTAINERD_CONFIG
  const edits = found?.plan.kind === 'change' ? found.plan.edits : []
  return [
    files({
      id: 'container-runtime',
      title: {
        en: 'prepare the pod network (CNI) for the existing containerd',
        zh: '为本机已有 containerd 准备 Pod 网络（CNI）',
      },
      packed: cni?.packed ?? [],
      generated: [...KERNEL_FILES, ...(cni?.generated ?? [])],
      trees: treesOf(EDGECORE_TREES),
      folders: EDGE_FOLDERS,
    }),
    containerdConfig({ file, empty: emptyConfig(found?.version[0] ?? 2), edits }),
    containerdStart({ bundled: false, ctr, socket, files: [file] }),
  ]
}

function treesOf(paths: readonly string[]): { path: string }[] {
  return paths.map((path) => ({ path }))
}
