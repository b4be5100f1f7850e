import { access, readdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import type { ImageFile, ImageRecipe } from '../../images/recipe.ts'
import { VERSIONS } from '../../upstream/versions.ts'
import { parts } from '../parts.ts'

const platform = 'linux/amd64'
/** Tags of the images. */
export interface KubeEdgeTags {
  readonly kubeedge: string
  readonly edgemesh: string
}

const SHIPPED: KubeEdgeTags = { kubeedge: `v${VERSIONS.kubeedge}`, edgemesh: `v${VERSIONS.edgemesh}` }

const PROGRAMS = [
  'cloudcore',
  'edgecore',
  'edgemesh-agent',
  'edgemesh-gateway',
  'iptables-manager',
  'keadm',
  'mosquitto',
  'placeholder',
] as const

/** The doubles' programs, static, for linux/amd64. `edgecore` is one file with a real kubelet in it. */
export type KubeEdgeParts = Readonly<Record<(typeof PROGRAMS)[number], string>>

/** Builds the doubles of KubeEdge v1.22.0 and EdgeMesh v1.17.0 once, and returns their paths in the test cache. */
export async function kubeEdgeParts(): Promise<KubeEdgeParts> {
  return parts(PROGRAMS)
}

/**
 * The images that the charts of KubeEdge and EdgeMesh, and the way of `keadm join`, ask for, as doubles for linux/amd64.
 * Where a real one runs iptables, so does its double, with Debian's programs.
 */
export async function kubeEdgeImages({ kubeedge, edgemesh } = SHIPPED): Promise<ImageRecipe[]> {
  const programs = await kubeEdgeParts()
  const nft = await iptables('nft')
  const legacy = await iptables('legacy')
  return [
    image(`docker.io/kubeedge/cloudcore:${kubeedge}`, programs.cloudcore),
    image(`docker.io/kubeedge/iptables-manager:${kubeedge}`, programs['iptables-manager'], legacy),
    image(`docker.io/kubeedge/iptables-manager-nft:${kubeedge}`, programs['iptables-manager'], nft),
    placeholder(`docker.io/kubeedge/controller-manager:${kubeedge}`, programs.placeholder),
    placeholder(`docker.io/kubeedge/installation-package:${kubeedge}`, programs.placeholder),
    image(`docker.io/kubeedge/edgemesh-agent:${edgemesh}`, programs['edgemesh-agent'], nft),
    image(`docker.io/kubeedge/edgemesh-gateway:${edgemesh}`, programs['edgemesh-gateway']),
    image('docker.io/library/eclipse-mosquitto:1.6.15', programs.mosquitto),
  ]
}

interface Tools {
  readonly files: readonly ImageFile[]
  readonly symlinks: Readonly<Record<string, string>>
}

function image(reference: string, program: string, tools?: Tools): ImageRecipe {
  const place = `/usr/local/bin/${path.basename(program)}`
  return {
    reference,
    platform,
    entrypoint: [place],
    files: [{ path: place, mode: 0o755, source: program }, ...(tools?.files ?? [])],
    ...(tools && { symlinks: tools.symlinks }),
  }
}

function placeholder(reference: string, program: string): ImageRecipe {
  const PATH = 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return { ...image(reference, program), env: [PATH, `STANDS_FOR=${reference}`] }
}

/**
 * This machine's iptables of one kind: the program under its usual names, its libraries and extensions, and the lock
 * file, for which a container has no folder.
 */
async function iptables(kind: 'nft' | 'legacy'): Promise<Tools> {
  const program = `/usr/sbin/xtables-${kind}-multi`
  await access(program).catch(() => {
    throw new Error(`there is no ${program}: apt-get install iptables`)
  })
  const linked = await mustExec(exec, 'ldd', [program])
  const libraries = [...linked.matchAll(/(\/lib\S+) \(0x/g)].map(([, file]) => file ?? '')
  const xtables = libraries.find((file) => file.includes('libxtables')) ?? ''
  const extensions = path.join(path.dirname(await realpath(xtables)), 'xtables')
  const wanted = (await readdir(extensions)).filter((name) =>
    /^lib(xt|ipt)_(comment|standard|tcp|NAT|DNAT|REDIRECT)\.so$/.test(name),
  )
  const files = [
    ...libraries.map((file) => ({ path: file, mode: 0o755, source: file })),
    ...wanted.map((name) => {
      const file = path.join(extensions, name)
      return { path: file, mode: 0o644, source: file }
    }),
    { path: program, mode: 0o755, source: program },
    { path: '/run/xtables.lock', mode: 0o600, source: new Uint8Array() },
  ]
  const names = ['iptables', 'iptables-save', 'iptables-restore']
  return {
    files,
    symlinks: Object.fromEntries(names.map((name) => [`/usr/sbin/${name}`, path.basename(program)])),
  }
}
