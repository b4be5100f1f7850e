import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { digestOf, type Report, silent } from '@edgelift/core'
import { openRegistry, openTransport } from '@edgelift/oci'
import type { Network } from '../network.ts'
import { Release } from '../release/schema.ts'
import { tarball, type Upstream, upstream } from './upstream.ts'

const LIBRARIES = ['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0']
const MORE_LIBRARIES = ['libstdc++.so.6', 'libgcc_s.so.1']
const NODE = ['node', ...LIBRARIES, ...MORE_LIBRARIES]

export const SITE_IMAGES = {
  pause: 'docker.io/rancher/mirrored-pause:3.6',
  app: 'registry.example/site/app:1.0',
  node: 'registry.example/node:24',
} as const

/** A cloud archive: K3s, helm out of a tarball, Node out of an image, one chart, and what its pod runs. */
export function siteRelease(changed: Record<string, unknown> = {}): Release {
  return Release.parse({
    format: 'edgelift/release/v1',
    name: 'site',
    version: '1.0.0',
    versions: { k3s: '1.34.2+k3s1' },
    platforms: ['linux/amd64'],
    archives: { cloud: 'site-cloud' },
    files: {
      k3s: {
        roles: ['cloud'],
        path: 'k3s-amd64',
        mode: '0755',
        url: 'https://files.example/k3s',
        checksum: { url: 'https://files.example/k3s.sha256' },
      },
      helm: {
        roles: ['cloud'],
        mode: '0755',
        url: 'https://files.example/helm.tar.gz',
        members: { 'linux-amd64/helm': 'bin/helm' },
      },
    },
    images: {
      app: { reference: SITE_IMAGES.app, roles: ['cloud'] },
    },
    imageLists: { k3s: { roles: ['cloud'], url: 'https://files.example/k3s-images.txt' } },
    imageFiles: {
      runtime: {
        reference: SITE_IMAGES.node,
        roles: ['cloud'],
        files: { 'linux/amd64': Object.fromEntries(NODE.map((name) => [`/opt/${name}`, `runtime/${name}`])) },
      },
    },
    charts: {
      app: {
        roles: ['cloud'],
        path: 'helm-charts/app.tgz',
        url: 'https://files.example/app.tgz',
        release: 'app',
        namespace: 'site',
      },
    },
    settings: { sandboxImage: { cloud: SITE_IMAGES.pause } },
    ...changed,
  })
}

/** What helm renders of a chart whose only pod runs this image. */
export function podOf(image: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app' },
    spec: { containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent' }] },
  })
}

/** An upstream that holds everything that {@link siteRelease} names. */
export interface Site extends Upstream {
  /** A network whose every registry and file server is this upstream. */
  readonly network: (report?: Report) => Network
  /** As {@link network}, for a command: the text of an `edgelift.config.yaml`. */
  readonly config: string
}

/** Writes a release without charts, so that locking it takes no helm, and the configuration; returns the options of a command. */
export async function laySite(site: Site, folder: string): Promise<{ release: string; config: string }> {
  const files = {
    release: path.join(folder, 'site.yaml'),
    config: path.join(folder, 'edgelift.config.yaml'),
  }
  await writeFile(files.release, JSON.stringify(siteRelease({ charts: {} })))
  await writeFile(files.config, site.config)
  return files
}

export async function openSite(): Promise<Site> {
  const world = await upstream()
  world.files.set('/k3s', 'the k3s program')
  world.files.set('/k3s.sha256', `${digestOf('the k3s program').slice('sha256:'.length)}  k3s\n`)
  world.files.set('/k3s-images.txt', `${SITE_IMAGES.pause}\n`)
  world.files.set('/helm.tar.gz', gzipSync(await tarball({ 'linux-amd64/helm': 'the helm program' })))
  world.files.set('/app.tgz', gzipSync(await tarball({ 'app/Chart.yaml': 'name: app\nversion: 1.0.0\n' })))
  await world.publish('rancher/mirrored-pause', '3.6', { pause: 'pause' })
  await world.publish('site/app', '1.0', { app: 'first' })
  await world.publish('node', '24', Object.fromEntries(NODE.map((name) => [`opt/${name}`, `${name} of 24`])))
  const mirror = [`http://${world.host}`]
  const ways = { plainHttp: [world.host], mirrors: { 'docker.io': mirror, 'registry.example': mirror } }
  return {
    ...world,
    config: JSON.stringify({
      ...ways,
      mirrorsOnly: true,
      rewrites: { 'https://files.example/': `http://${world.host}/` },
    }),
    network(report = silent) {
      const transport = openTransport({ plainHttp: ways.plainHttp, report })
      const registry = openRegistry({ ...ways, transport, report, mirrorsOnly: true })
      return {
        ...{ transport, registry, locate: world.locate, concurrency: 2 },
        async [Symbol.asyncDispose]() {
          await registry[Symbol.asyncDispose]()
          await transport[Symbol.asyncDispose]()
        },
      }
    },
  }
}
