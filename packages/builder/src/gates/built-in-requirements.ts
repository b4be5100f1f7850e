import { archOf, k3sPath, PATHS, type RequirerName } from '@edgelift/bundle'
import { error, type Finding } from '../findings.ts'
import { type PlatformRelease, repositoryOf } from '../release/expand.ts'
import { containerdSandbox, EDGECORE_SANDBOX, K3S_COMPONENTS, K3S_SANDBOX } from '../upstream-facts.ts'
import { CONTAINERD, hasPath } from './required-files.ts'
import type { ImageRequirement } from './requirement.ts'

/** The images of each list of the release, canonical, by the list's id. */
export type ImageLists = ReadonlyMap<string, readonly string[]>

/** What K3s, containerd, edgecore and edgelift itself ask for, written in no chart. */
export function builtInImageRequirements(release: PlatformRelease, lists: ImageLists): ImageRequirement[] {
  return [...listRequirements(release, lists), ...sandboxRequirements(release), ...testRequirements(release)]
}

/** A runtime whose own sandbox image is not known, so that the release has to name one. */
export function checkSandboxKnown(release: PlatformRelease): Finding[] {
  const { settings, versions } = release
  if (!hasPath(release, 'edge', CONTAINERD) || settings.sandboxImage.edge !== undefined) return []
  if (containerdSandbox(versions.containerd ?? '') !== undefined) return []
  return [
    error('IMAGE_MISSING', 'settings.sandboxImage.edge', {
      en: `which sandbox image containerd ${versions.containerd ?? 'of no version'} asks for is not known here: name one, and pack it for edge`,
      zh: `未知 containerd ${versions.containerd ?? ''} 默认使用的 sandbox 镜像：请指定一个并打包到 edge 离线包`,
    }),
  ]
}

function listRequirements(release: PlatformRelease, lists: ImageLists): ImageRequirement[] {
  return release.imageLists.flatMap((list) =>
    (lists.get(list.id) ?? []).flatMap((reference) => {
      const requirer = list.except.has(repositoryOf(reference))
        ? runningComponent(release, reference)
        : ({ kind: 'list', name: list.name } as const)
      return requirer === undefined ? [] : list.roles.map((role) => ({ reference, role, requirer }))
    }),
  )
}

/** K3s' component that uses an image although the release leaves it out; undefined when all of them are disabled. */
function runningComponent(release: PlatformRelease, reference: string): RequirerName | undefined {
  const repository = repositoryOf(reference)
  const running = Object.entries(K3S_COMPONENTS).find(
    ([name, images]) => images.includes(repository) && !release.settings.k3sDisable.includes(name),
  )
  if (running === undefined) return undefined
  return { kind: 'runtime', name: 'K3s', detail: `${running[0]} is not in settings.k3sDisable` }
}

function sandboxRequirements(release: PlatformRelease): ImageRequirement[] {
  const { settings, versions } = release
  const requirements: ImageRequirement[] = []
  if (hasPath(release, 'cloud', k3sPath(archOf(release.platform)))) {
    requirements.push({
      role: 'cloud',
      reference: settings.sandboxImage.cloud ?? K3S_SANDBOX,
      requirer: { kind: 'runtime', name: 'K3s’ containerd', detail: SANDBOX },
    })
  }
  if (!hasPath(release, 'edge', CONTAINERD) && !hasPath(release, 'edge', PATHS.edgecore)) return requirements
  const sandbox = settings.sandboxImage.edge ?? containerdSandbox(versions.containerd ?? '')
  if (sandbox !== undefined) {
    requirements.push({
      role: 'edge',
      reference: sandbox,
      requirer: { kind: 'runtime', name: `containerd ${versions.containerd ?? ''}`.trim(), detail: SANDBOX },
    })
  }
  if (settings.sandboxImage.edge === undefined) {
    requirements.push({
      role: 'edge',
      reference: EDGECORE_SANDBOX,
      requirer: { kind: 'runtime', name: 'edgecore', detail: 'podSandboxImage' },
    })
  }
  return requirements
}

function testRequirements(release: PlatformRelease): ImageRequirement[] {
  const { testImage } = release.settings
  if (testImage === undefined) return []
  return (['cloud', 'edge'] as const).map((role) => ({
    role,
    reference: testImage,
    requirer: { kind: 'test', name: 'verify', detail: 'functional test' } as const,
  }))
}

const SANDBOX = 'sandbox of every pod'
