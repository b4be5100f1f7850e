import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PLACEHOLDER_MARK } from '@edgelift/bundle'
import type { ImageFile, ImageRecipe } from '../images/recipe.ts'
import { parts } from './parts.ts'

type Platform = ImageRecipe['platform']

/** K3s' own images of v1.34.2+k3s1 (upstream facts, 1.1) that hold no real program here, and what each is started as. */
const STAY_UP: Readonly<Record<string, string>> = {
  'docker.io/rancher/klipper-helm:v0.9.10-build20251111': '/usr/bin/entry',
  'docker.io/rancher/klipper-lb:v0.4.13': '/usr/bin/entry',
  'docker.io/rancher/local-path-provisioner:v0.0.32': '/usr/bin/local-path-provisioner',
  'docker.io/rancher/mirrored-library-traefik:3.5.1': '/usr/bin/traefik',
}

const PAUSE = ['docker.io/rancher/mirrored-pause:3.6', 'docker.io/kubeedge/pause:3.6'] as const
const METRICS_SERVER = 'docker.io/rancher/mirrored-metrics-server:v0.8.0'
const COREDNS = 'docker.io/rancher/mirrored-coredns-coredns:1.13.1'
const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'

/**
 * The images that Kubernetes itself needs: those of K3s v1.34.2+k3s1, and KubeEdge's pause. For amd64, pause, CoreDNS and
 * busybox are the real programs, and metrics-server is a double; the others are pods that stay up and do nothing. For
 * arm64 all of them only say what they stand for.
 */
export async function kubernetesImages(platform: Platform): Promise<readonly ImageRecipe[]> {
  if (platform === 'linux/arm64')
    return [...PAUSE, COREDNS, BUSYBOX, METRICS_SERVER, ...Object.keys(STAY_UP)].map((reference) =>
      onlyAName(reference, platform),
    )
  const programs = await parts(['pause', 'coredns', 'busybox', 'metrics-server'])
  const busybox = await busyboxLayer(programs.busybox)
  return [
    ...PAUSE.map((reference) => ({
      reference,
      platform,
      entrypoint: ['/pause'],
      user: '65535:65535',
      files: [{ path: '/pause', mode: 0o755, source: programs.pause }],
    })),
    {
      reference: COREDNS,
      platform,
      entrypoint: ['/coredns'],
      files: [{ path: '/coredns', mode: 0o755, source: programs.coredns }],
    },
    { reference: BUSYBOX, platform, cmd: ['sh'], ...busybox },
    {
      reference: METRICS_SERVER,
      platform,
      placeholder: true,
      entrypoint: ['/metrics-server'],
      files: [{ path: '/metrics-server', mode: 0o755, source: programs['metrics-server'] }],
    },
    ...Object.entries(STAY_UP).map(([reference, program]) => ({
      reference,
      platform,
      placeholder: true,
      entrypoint: [program],
      symlinks: busybox.symlinks,
      files: [...busybox.files, { path: program, mode: 0o755, source: Buffer.from(stayUp(reference)) }],
    })),
  ]
}

/** The recipe of `reference`, for tests that need one image only. */
export async function kubernetesImage(reference: string): Promise<ImageRecipe> {
  const found = (await kubernetesImages('linux/amd64')).find((image) => image.reference === reference)
  if (found === undefined) throw new Error(`there is no recipe for ${reference}`)
  return found
}

/** What a busybox image consists of: the program, its applets, and the few files that programs look for. */
async function busyboxLayer(program: string): Promise<{
  readonly files: readonly ImageFile[]
  readonly symlinks: Readonly<Record<string, string>>
}> {
  const { stdout } = await promisify(execFile)(program, ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  const text = (path: string, content: string): ImageFile => ({
    path,
    mode: 0o644,
    source: Buffer.from(content),
  })
  return {
    files: [
      { path: '/bin/busybox', mode: 0o755, source: program },
      text('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
      text('/etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    ],
    symlinks: Object.fromEntries(applets.map((name) => [`/bin/${name}`, 'busybox'])),
  }
}

function stayUp(reference: string): string {
  return `#!/bin/sh
# ${PLACEHOLDER_MARK}${reference}
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
`
}

function onlyAName(reference: string, platform: Platform): ImageRecipe {
  const source = Buffer.from(`${PLACEHOLDER_MARK}${reference}\n`)
  return {
    reference,
    platform,
    placeholder: true,
    files: [{ path: '/placeholder.txt', mode: 0o644, source }],
  }
}
