import { archOf, k3sPath, PATHS, type Role } from '@edgelift/bundle'
import type { PlatformRelease } from '../release/expand.ts'
import type { FileRequirement } from './requirement.ts'

export const CONTAINERD = 'bin/containerd'
const NODE_LIBRARIES = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'libstdc++.so.6',
  'libgcc_s.so.1',
]

/**
 * The files without which what is in an archive does not work. Sources: containerd's own shim and runc; the CNI
 * plugins of 10-containerd-net.conflist (containerd, script/setup/install-cni), without which no edge node becomes
 * Ready; Node's `NEEDED` libraries and their loader.
 */
export function fileRequirements(release: PlatformRelease): FileRequirement[] {
  const arch = archOf(release.platform)
  const loader = arch === 'amd64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1'
  const requirements: FileRequirement[] = [
    { role: 'cloud', requirer: { kind: 'installer', name: 'cloud' }, paths: [k3sPath(arch)] },
    { role: 'edge', requirer: { kind: 'installer', name: 'edge' }, paths: [PATHS.edgecore] },
    {
      role: 'edge',
      requirer: { kind: 'runtime', name: 'edgecore', detail: 'container runtime' },
      paths: [CONTAINERD],
    },
  ]
  for (const role of ['cloud', 'edge'] as const) {
    requirements.push({
      role,
      requirer: { kind: 'installer', name: role, detail: 'its own runtime' },
      paths: [PATHS.runtimeNode],
    })
    if (hasPath(release, role, PATHS.runtimeNode)) {
      const libraries = [loader, ...NODE_LIBRARIES].map((name) => `${PATHS.runtime}/${name}`)
      requirements.push({
        role,
        requirer: { kind: 'runtime', name: PATHS.runtimeNode, detail: 'its libraries' },
        paths: libraries,
      })
    }
  }
  if (hasPath(release, 'edge', CONTAINERD)) {
    requirements.push(
      {
        role: 'edge',
        requirer: { kind: 'runtime', name: 'containerd', detail: 'starts containers' },
        paths: ['bin/containerd-shim-runc-v2', PATHS.runc],
      },
      {
        role: 'edge',
        requirer: { kind: 'installer', name: 'edge', detail: 'imports images' },
        paths: ['bin/ctr'],
      },
      {
        role: 'edge',
        requirer: {
          kind: 'runtime',
          name: 'containerd’s CNI plugins',
          detail: 'no edge node becomes Ready without them',
        },
        paths: ['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `${PATHS.cniPlugins}/${name}`),
      },
    )
  }
  for (const { chart, roles } of release.charts) {
    const when = chart.when === undefined ? {} : { when: chart.when }
    for (const role of roles) {
      requirements.push({
        role,
        requirer: { kind: 'chart', name: chart.name, detail: 'is installed with helm' },
        paths: [PATHS.helm],
        ...when,
      })
    }
    if (chart.requires === undefined) continue
    for (const role of roles) {
      requirements.push({
        role,
        requirer: { kind: 'chart', name: chart.name, detail: 'its own requires' },
        paths: chart.requires,
        ...when,
      })
    }
  }
  return requirements
}

/** Whether an archive of the release holds a file at this path. */
export function hasPath(release: PlatformRelease, role: Role, path: string): boolean {
  return (
    release.files.some(
      ({ roles, parts }) => roles.includes(role) && parts.some((part) => part.path === path),
    ) ||
    release.imageFiles.some(
      ({ roles, files }) => roles.includes(role) && files.some((file) => file.path === path),
    )
  )
}
