// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { requirerOf } from '@edgelift/bundle'
import { digestOf } from '@edgelift/core'
import { Lock, type LockedBlob } from '../lock/schema.ts'
import type { InstallerFiles } from '../plan/installer-files.ts'
import { Release } from '../release/schema.ts'

const AGENT = { kind: 'chart', name: 'edgemesh', detail: 'DaemonSet edgemesh-agent' } as const

/** A small release with one of everything, for tests of what comes after the lock. */
export const sampleRelease: Release = Release.parse({
  format: 'edgelift/release/v1',
  name: 'sample',
  version: '1.0.0',
  versions: { k3s: '1.34.2+k3s1', edgemesh: '1.17.0', containerd: '2.1.5' },
  archives: { cloud: 'sample-cloud-${k3s}-${arch}', edge: 'sample-edge-${arch}' },
  options: {
    edgemesh: { title: { en: 'EdgeMesh', zh: 'EdgeMesh 服务网格' }, default: true },
    mosquitto: { title: { en: 'MQTT broker', zh: 'MQTT 代理' } },
  },
  settings: {
    sandboxImage: { cloud: 'docker.io/rancher/mirrored-pause:3.6' },
    testImage: 'docker.io/library/busybox:1.36.1',
    k3sDisable: ['traefik'],
  },
  files: {
    k3s: {
      roles: ['cloud'],
      path: 'k3s-${arch}',
      mode: '0755',
      url: 'https://files.example/v${k3s}/k3s-${arch}',
      license: 'Apache-2.0',
    },
    tools: {
      roles: ['cloud', 'edge'],
      mode: '0755',
      url: 'https://files.example/tools-${arch}.tar.gz',
      members: { './ctr': 'bin/ctr' },
    },
  },
  images: {
    agent: { reference: 'kubeedge/edgemesh-agent:v${edgemesh}', roles: ['cloud', 'edge'] },
    mosquitto: {
      reference: 'eclipse-mosquitto:1.6.15',
      roles: ['edge'],
      when: { option: 'mosquitto' },
      license: 'EPL-2.0',
    },
  },
  imageFiles: {
    runtime: {
      reference: 'node:24.21.0-bookworm-slim',
      roles: ['cloud', 'edge'],
      files: { 'linux/amd64': { '/usr/local/bin/node': 'runtime/node' } },
    },
  },
  charts: {
    edgemesh: {
      roles: ['cloud'],
      path: 'helm-charts/edgemesh.tgz',
      url: 'https://files.example/edgemesh.tgz',
      release: 'edgemesh',
      namespace: 'kubeedge',
      when: { option: 'edgemesh' },
      values: { agent: { image: 'kubeedge/edgemesh-agent:v${edgemesh}', psk: { $answer: 'psk' } } },
    },
  },
})

const GZIP_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

function blob(mediaType: string, name: string, size: number): LockedBlob {
  return { mediaType, digest: digestOf(name), size }
}

function image(name: string): { manifest: LockedBlob; config: LockedBlob; layers: LockedBlob[] } {
  return {
    manifest: blob('application/vnd.oci.image.manifest.v1+json', `${name} manifest`, 500),
    config: blob('application/vnd.oci.image.config.v1+json', `${name} config`, 900),
    layers: [blob(GZIP_LAYER, 'common layer', 30_000), blob(GZIP_LAYER, `${name} layer`, 10_000)],
  }
}

/** A lock of {@link sampleRelease} for linux/amd64, with made-up content. */
export const sampleLock: Lock = Lock.parse({
  format: 'edgelift/lock/v1',
  release: { name: 'sample', version: '1.0.0', digest: digestOf('release') },
  downloads: [
    {
      name: 'files.k3s',
      roles: ['cloud'],
      platforms: ['linux/amd64'],
      url: 'https://files.example/v1.34.2%2Bk3s1/k3s-amd64',
      digest: digestOf('k3s'),
      size: 70_000,
      trust: 'upstream-checksum',
      checksumUrl: 'https://files.example/v1.34.2%2Bk3s1/sha256sum-amd64.txt',
      parts: [{ path: 'k3s-amd64', mode: '0755', digest: digestOf('k3s'), size: 70_000 }],
      neededBy: [requirerOf({ kind: 'installer', name: 'cloud', detail: 'step k3s' })],
      license: 'Apache-2.0',
    },
    {
      name: 'files.tools',
      roles: ['cloud', 'edge'],
      platforms: ['linux/amd64'],
      url: 'https://files.example/tools-amd64.tar.gz',
      digest: digestOf('tools'),
      size: 5_000,
      trust: 'first-use',
      parts: [
        {
          path: 'bin/ctr',
          member: './ctr',
          mode: '0755',
          digest: digestOf('ctr'),
          size: 9_000,
          placeholder: true,
        },
      ],
      neededBy: [],
    },
    {
      name: 'charts.edgemesh',
      roles: ['cloud'],
      platforms: ['linux/amd64', 'linux/arm64'],
      url: 'https://files.example/edgemesh.tgz',
      digest: digestOf('edgemesh.tgz'),
      size: 4_000,
      trust: 'release-digest',
      parts: [
        { path: 'helm-charts/edgemesh.tgz', mode: '0644', digest: digestOf('edgemesh.tgz'), size: 4_000 },
      ],
      neededBy: [requirerOf({ kind: 'installer', name: 'cloud' }, { option: 'edgemesh' })],
    },
  ],
  images: [
    {
      reference: 'docker.io/kubeedge/edgemesh-agent:v1.17.0',
      platform: 'linux/amd64',
      roles: ['cloud', 'edge'],
      index: digestOf('agent index'),
      ...image('agent'),
      neededBy: [
        { ...requirerOf(AGENT, { option: 'edgemesh' }), role: 'cloud' },
        { ...requirerOf(AGENT), role: 'edge' },
      ],
      files: [],
      packed: true,
    },
    {
      reference: 'docker.io/library/eclipse-mosquitto:1.6.15',
      platform: 'linux/amd64',
      roles: ['edge'],
      ...image('mosquitto'),
      neededBy: [
        {
          ...requirerOf({ kind: 'chart', name: 'cloudcore', detail: 'DaemonSet edge-eclipse-mosquitto' }),
          role: 'edge',
        },
      ],
      files: [],
      packed: true,
      placeholder: true,
      license: 'EPL-2.0',
    },
    {
      reference: 'docker.io/library/node:24.21.0-bookworm-slim',
      platform: 'linux/amd64',
      roles: ['cloud', 'edge'],
      ...image('node'),
      neededBy: [],
      files: [
        {
          name: 'imageFiles.runtime',
          roles: ['cloud', 'edge'],
          path: 'runtime/node',
          member: '/usr/local/bin/node',
          mode: '0755',
          digest: digestOf('node'),
          size: 120_000,
        },
      ],
      packed: false,
      license: 'MIT',
    },
  ],
  seal: digestOf('lock'),
})

/** An installer of a few bytes. */
export const sampleInstaller: InstallerFiles = new Map(
  [
    'installer.mjs',
    'edgelift',
    'install.sh',
    'install-kubeedge-only.sh',
    'cleanup.sh',
    'docs/en/operator.md',
  ].map((name) => [name, Buffer.from(`${name} of a test\n`)]),
)
