import { requirerText } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { expandFor, type PlatformRelease } from '../release/expand.ts'
import { Release } from '../release/schema.ts'
import { builtInImageRequirements, checkSandboxKnown } from './built-in-requirements.ts'
import {
  checkDrift,
  checkFileClosure,
  checkImageClosure,
  checkListPresent,
  checkMentioned,
  checkUnasked,
  heldImages,
  reasonsFor,
} from './closure.ts'
import { fileRequirements } from './required-files.ts'
import type { ImageRequirement } from './requirement.ts'

const LISTS = new Map([
  ['imageLists.k3s', ['docker.io/rancher/klipper-lb:v2', 'docker.io/rancher/mirrored-pause:3.6']],
])

function release(changes: object = {}): PlatformRelease {
  const parsed = Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: { containerd: '2.1.5' },
    archives: { cloud: 'c-${arch}', edge: 'e-${arch}' },
    ...changes,
  })
  return expandFor(parsed, 'linux/amd64')
}

const file = (path: string, roles: string[]): object => ({ roles, path, url: 'https://f.example/x' })
const image = (reference: string, ...roles: string[]): object => ({ reference, roles })
const texts = (findings: readonly { text: { en: string } }[]): string[] => findings.map(({ text }) => text.en)

describe('image closure', () => {
  const requirement: ImageRequirement = {
    reference: 'docker.io/library/mosquitto:1',
    role: 'edge',
    requirer: { kind: 'chart', name: 'c', detail: 'DaemonSet d' },
  }

  it('names the requirer, the nodes, the archive, and what is there instead', () => {
    const it = release({ images: { m: image('mosquitto:2', 'edge') } })
    expect(texts(checkImageClosure(it, heldImages(it, new Map()), [requirement]))).toEqual([
      'chart c (DaemonSet d, edge nodes) requires docker.io/library/mosquitto:1, which is not in the edge archive; it has :2 (images.m) instead',
    ])
  })

  it('says it once for both roles, and with the option that brings it', () => {
    const both: ImageRequirement[] = [
      { ...requirement, when: { option: 'o' } },
      { ...requirement, role: 'cloud', when: { option: 'o' } },
    ]
    const [text, ...rest] = texts(checkImageClosure(release(), [], both))
    expect(rest).toEqual([])
    expect(text).toContain('(with option o), which is not in the edge or cloud archive')
  })

  it('names the part that has the image for the other role only, and the key to change', () => {
    const it = release({ images: { m: image('mosquitto:1', 'cloud') } })
    const [finding] = checkImageClosure(it, heldImages(it, new Map()), [requirement])
    expect(finding).toMatchObject({
      where: 'images.m',
      text: {
        en: expect.stringMatching(/edge archive; images\.m is for cloud only: add edge to its roles$/),
        zh: 'chart c（DaemonSet d，edge 节点）需要 docker.io/library/mosquitto:1，但 edge 离线包中没有；images.m 只用于 cloud：请在其 roles 中加入 edge',
      },
    })
  })

  it('is content with an image in every archive that asks, and does not ask for archives that are not built', () => {
    const it = release({ archives: { edge: 'e' }, images: { m: image('mosquitto:1', 'edge') } })
    expect(
      checkImageClosure(it, heldImages(it, new Map()), [requirement, { ...requirement, role: 'cloud' }]),
    ).toEqual([])
  })

  it('warns of what nobody asks for, for the role where nobody does', () => {
    const it = release({ images: { m: image('mosquitto:1', 'edge', 'cloud') } })
    const [finding] = checkUnasked(it, [requirement])
    expect(finding).toMatchObject({ severity: 'warning', where: 'images.m' })
    expect(finding?.text.en).toMatch(/nothing in the cloud archive/)
  })

  it('keeps every reason, and the release’s own word where there is none', () => {
    const it = release({ images: { m: { ...image('mosquitto:1', 'edge', 'cloud'), when: { option: 'o' } } } })
    expect(reasonsFor(heldImages(it, new Map()), [requirement])).toEqual([
      {
        kind: 'release',
        name: 'images.m',
        requirer: 'the release (images.m)',
        role: 'cloud',
        when: { option: 'o' },
      },
      { kind: 'chart', name: 'c', detail: 'DaemonSet d', requirer: 'chart c (DaemonSet d)', role: 'edge' },
    ])
  })
})

describe('texts that look like images', () => {
  const mention = {
    text: 'site/tool:1.0',
    reference: 'docker.io/site/tool:1.0',
    place: 'Deployment d, spec.x',
    source: {
      requirer: { kind: 'chart', name: 'c' },
      where: 'charts.c',
      platform: 'linux/amd64',
      mayPull: false,
      notImages: new Set<string>(),
    },
  } as const
  const warnings = (changes: object): string[] => {
    const it = release(changes)
    const collected = { requirements: [], mentioned: [mention] }
    return texts(checkMentioned(it, heldImages(it, new Map()), collected))
  }

  it('are a warning that names the place, unless they are packed or the release says that they are none', () => {
    expect(warnings({})).toEqual([
      'chart c mentions site/tool:1.0 (Deployment d, spec.x), which looks like an image and is not packed; add it to "images", or to "notImages" if it is none',
    ])
    expect(warnings({ images: { t: image('site/tool:1.0', 'edge') } })).toEqual([])
    expect(warnings({ notImages: ['site/tool:1.0'] })).toEqual([])
  })
})

describe('drift', () => {
  const lists = { imageLists: { k3s: { roles: ['cloud'], url: 'https://f.example/k3s-images.txt' } } }

  it('is a declared image whose list says another tag', () => {
    const it = release({ ...lists, images: { lb: image('rancher/klipper-lb:v1', 'cloud') } })
    expect(texts(checkDrift(it, LISTS))).toEqual([
      'docker.io/rancher/klipper-lb:v1 is declared, and K3s’ list (https://f.example/k3s-images.txt) says docker.io/rancher/klipper-lb:v2',
    ])
  })

  it('is not one that agrees, nor one that the list does not know', () => {
    const it = release({
      ...lists,
      images: { lb: image('rancher/klipper-lb:v2', 'cloud'), other: image('other:1', 'edge') },
    })
    expect(checkDrift(it, LISTS)).toEqual([])
  })
})

describe('what programs ask for by themselves', () => {
  const runtime = { containerd: file('bin/containerd', ['edge']), edgecore: file('edgecore', ['edge']) }
  const requirements = (changes: object): string[] =>
    builtInImageRequirements(release(changes), LISTS).map(
      ({ role, reference, requirer }) => `${role} ${reference} ${requirerText(requirer, 'en')}`,
    )

  it('the sandbox of this containerd, and edgecore’s', () => {
    expect(requirements({ files: runtime })).toEqual([
      'edge registry.k8s.io/pause:3.10 containerd 2.1.5 (sandbox of every pod)',
      'edge docker.io/kubeedge/pause:3.6 edgecore (podSandboxImage)',
    ])
    expect(requirements({ files: runtime, versions: { containerd: '1.7.29' } })[0]).toContain('pause:3.8')
    expect(requirements({ files: runtime, versions: { containerd: '2.2.0' } })[0]).toContain('pause:3.10.1')
  })

  it('the sandbox that the release names, on each role', () => {
    expect(
      requirements({
        files: { ...runtime, k3s: file('k3s-amd64', ['cloud']) },
        settings: { sandboxImage: { edge: 'pause:1', cloud: 'pause:2' } },
      }),
    ).toEqual([
      'cloud docker.io/library/pause:2 K3s’ containerd (sandbox of every pod)',
      'edge docker.io/library/pause:1 containerd 2.1.5 (sandbox of every pod)',
    ])
  })

  it('a sandbox that is not known has to be named', () => {
    expect(checkSandboxKnown(release({ files: runtime, versions: { containerd: '9.0.0' } }))).toHaveLength(1)
    expect(checkSandboxKnown(release({ files: runtime }))).toEqual([])
  })

  it('the functional test, on both roles', () => {
    expect(requirements({ settings: { testImage: 'b:1' } })).toHaveLength(2)
  })

  it('an image that the release leaves out although K3s’ component is on', () => {
    const list = {
      roles: ['cloud'],
      url: 'https://f.example/l',
      except: { 'docker.io/rancher/klipper-lb': 'not wanted' },
    }
    const without = (k3sDisable: string[]): string[] =>
      requirements({ imageLists: { k3s: list }, settings: { k3sDisable } })
    expect(without(['servicelb'])).toEqual(['cloud docker.io/rancher/mirrored-pause:3.6 image list k3s'])
    expect(without([])).toContain(
      'cloud docker.io/rancher/klipper-lb:v2 K3s (servicelb is not in settings.k3sDisable)',
    )
  })

  it('K3s without any list of its images', () => {
    expect(checkListPresent(release())).toHaveLength(1)
    expect(checkListPresent(release({ archives: { edge: 'e' } }))).toEqual([])
  })
})

describe('file closure', () => {
  const missing = (changes: object): string[] => {
    const it = release(changes)
    return texts(checkFileClosure(it, fileRequirements(it)))
  }

  it('containerd without its CNI plugins, shim and runc', () => {
    const found = missing({
      archives: { edge: 'e' },
      files: { containerd: file('bin/containerd', ['edge']) },
    })
    expect(found).toContain(
      'containerd’s CNI plugins (no edge node becomes Ready without them) requires cni/bin/bridge, cni/bin/host-local, cni/bin/loopback, cni/bin/portmap, which are not in the edge archive',
    )
    expect(found.some((text) => text.includes('requires bin/containerd-shim-runc-v2, runc, which are'))).toBe(
      true,
    )
  })

  it('charts without helm, EdgeMesh without its CRDs', () => {
    const chart = { roles: ['cloud'], path: 'c.tgz', url: 'https://f.example/c', namespace: 'n' }
    const requires = ['crds/istio/gateways.yaml']
    const found = missing({
      charts: { c: { ...chart, release: 'edgemesh', when: { option: 'edgemesh' }, requires } },
    })
    expect(found).toContain(
      'chart c (is installed with helm) requires bin/helm (with option edgemesh), which is not in the cloud archive',
    )
    expect(found.some((text) => text.includes('crds/istio/gateways.yaml'))).toBe(true)
  })

  it('the runtime, and the libraries of its node', () => {
    expect(missing({}).filter((text) => text.includes('requires runtime/node,'))).toHaveLength(2)
    const found = missing({ files: { node: file('runtime/node', ['edge']) } })
    expect(found.some((text) => text.includes('runtime/ld-linux-x86-64.so.2'))).toBe(true)
  })
})
