import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { digestOf, exec, mustExec } from '@edgelift/core'
import {
  type Credentials,
  formatPlatform,
  memorySink,
  openRegistry,
  parsePlatform,
  parseReference,
  type RegistryClient,
} from '@edgelift/oci'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RealRegistry, startRegistry } from '../support/registry/registry.ts'

const AMD64 = parsePlatform('linux/amd64')
const ARM64 = parsePlatform('linux/arm64')

let registry: RealRegistry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]()
})

const login: Credentials = async () => ({
  kind: 'basic',
  username: registry.username,
  password: registry.password,
})

function client(options: { credentials?: Credentials; ca?: string[] } = {}): RegistryClient {
  return openRegistry({
    ca: [registry.ca],
    credentials: login,
    timeouts: { attempts: 2, backoff: 10 },
    ...options,
  })
}

const reference = (name: string) => parseReference(`${registry.host}/${name}`)

/** Every layer's bytes, by the client's own check of digest and size. */
async function pull(oci: RegistryClient, name: string, platform = AMD64) {
  const image = await oci.resolveImage(reference(name), platform)
  const layers: string[] = []
  for (const layer of image.layers) {
    const sink = memorySink()
    await oci.fetchBlob(reference(name), layer, sink)
    layers.push(digestOf(sink.bytes()))
  }
  expect(layers).toEqual(image.layers.map((layer) => layer.digest))
  return image
}

describe('docker-registry with TLS of an own authority and htpasswd', () => {
  it('an index that buildah made is resolved and pulled for each platform', async () => {
    const layout = await buildahIndex(path.join(registry.folder, 'buildah'))
    await registry.push(layout, 'team/app:1.0', ['--all'])
    await using oci = client()
    for (const platform of [AMD64, ARM64]) {
      const image = await pull(oci, 'team/app:1.0', platform)
      expect(formatPlatform(image.platform)).toBe(formatPlatform(platform))
      expect(image.index).toBeDefined()
      expect(image.config.labels['made.by']).toBe('buildah')
    }
  })

  it('an image that umoci made is pulled as OCI and as Docker schema 2', async () => {
    const layout = await umociImage(path.join(registry.folder, 'umoci'))
    await registry.push(layout, 'plain/oci:1', ['--format', 'oci'])
    await registry.push(layout, 'plain/docker:1', ['--format', 'v2s2'])
    await using oci = client()
    const asOci = await pull(oci, 'plain/oci:1')
    const asDocker = await pull(oci, 'plain/docker:1')
    expect(asOci.manifest.descriptor.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
    expect(asDocker.manifest.descriptor.mediaType).toBe(
      'application/vnd.docker.distribution.manifest.v2+json',
    )
    await expect(oci.resolveImage(reference('plain/oci:1'), ARM64)).rejects.toThrow(/arm64/)
  })

  it('an image of schema 1 is refused by name', async () => {
    const layout = await umociImage(path.join(registry.folder, 'old'))
    await registry.push(layout, 'old/one:1', ['--format', 'v2s1'])
    await using oci = client()
    await expect(oci.resolveImage(reference('old/one:1'), AMD64)).rejects.toThrow(/schema 1/i)
  })

  it('a wrong password, an unknown authority and a missing tag are told apart', async () => {
    const wrong: Credentials = async () => ({ kind: 'basic', username: registry.username, password: 'no' })
    const code = async (oci: RegistryClient): Promise<unknown> => {
      await using open = oci
      return await open.resolveImage(reference('team/none:9'), AMD64).then(
        () => 'resolved',
        (error: { code?: string; message: string }) => {
          expect(error.message).not.toContain(registry.password)
          return error.code
        },
      )
    }
    const codes = [
      await code(client({ credentials: wrong })),
      await code(client({ ca: [] })),
      await code(client()),
    ]
    expect(codes).toEqual(['REGISTRY_UNAUTHORIZED', 'TLS_UNTRUSTED', 'REGISTRY_NOT_FOUND'])
  })
})

async function buildahIndex(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'file'), 'made by buildah\n')
  const place = ['--root', `${folder}/root`, '--runroot', `${folder}/run`, '--storage-driver', 'vfs']
  const buildah = async (...args: string[]): Promise<string> =>
    (await mustExec(exec, 'buildah', [...place, ...args])).trim()
  await buildah('manifest', 'create', 'index')
  for (const arch of ['amd64', 'arm64']) {
    const container = await buildah('from', '--arch', arch, 'scratch')
    await buildah('copy', container, path.join(folder, 'file'), `/file-${arch}`)
    await buildah('config', '--arch', arch, '--os', 'linux', '--label', 'made.by=buildah', container)
    await buildah('commit', '--manifest', 'index', container)
  }
  await buildah('manifest', 'push', '--all', 'index', `oci:${folder}/layout:index`)
  return `oci:${folder}/layout:index`
}

async function umociImage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'file'), `made by umoci in ${path.basename(folder)}\n`)
  const image = `${folder}/layout:v1`
  await mustExec(exec, 'umoci', ['init', '--layout', `${folder}/layout`])
  await mustExec(exec, 'umoci', ['new', '--image', image])
  await mustExec(exec, 'umoci', ['insert', '--image', image, path.join(folder, 'file'), '/file'])
  await mustExec(exec, 'umoci', ['config', '--image', image, '--architecture', 'amd64', '--os', 'linux'])
  return `oci:${image}`
}
