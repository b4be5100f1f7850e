import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PLACEHOLDER_LABEL } from '@edgelift/bundle'
import { digestOf, exec, mustExec } from '@edgelift/core'
import { memorySink, openRegistry, parsePlatform, parseReference, type RegistryOptions } from '@edgelift/oci'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expandFor } from '../../packages/builder/src/release/expand.ts'
import { loadRelease } from '../../packages/builder/src/release/load.ts'
import { writeDockerArchive } from '../support/images/recipe.ts'
import type { UpstreamContent } from '../support/upstream/content.ts'
import { cut, expiredToken, on, redirectElsewhere } from '../support/upstream/faults.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const
const NODE = 'docker.io/library/node:24.21.0-bookworm-slim'
const PAUSE = 'docker.io/rancher/mirrored-pause:3.6'

let work: string
let content: UpstreamContent
let upstream: Upstream
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-upstream-'))
  content = await releaseContent({ directory: '' })
  upstream = await startUpstream({ content })
})
afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

function optionsFor(to: Upstream): RegistryOptions {
  return {
    mirrors: { 'docker.io': [`${to.origin}/docker.io`] },
    mirrorsOnly: true,
    plainHttp: [new URL(to.origin).host, new URL(to.elsewhere.origin).host],
    timeouts: { backoff: 10 },
  }
}

async function get(url: string): Promise<Buffer> {
  const { statusCode, body } = await request(upstream.urlOf(url))
  const bytes = Buffer.from(await body.arrayBuffer())
  expect(statusCode, url).toBe(200)
  return bytes
}

describe.each(PLATFORMS)('the shipped release for %s', (platform) => {
  it('names nothing that is not served, and every checksum file is right about its file', async () => {
    const { release } = await loadRelease(path.join(repositoryRoot, 'manifests/kubeedge-1.22.0.yaml'), {
      folders: [],
    })
    const expanded = expandFor(release, platform)
    for (const source of [...expanded.files, ...expanded.imageLists, ...expanded.charts]) {
      const bytes = await get(source.url)
      expect(bytes.length, source.id).toBeGreaterThan(0)
      if (source.checksum === undefined || !('url' in source.checksum)) continue
      const sums = (await get(source.checksum.url)).toString()
      const algorithm = /^[0-9a-f]{128}$/m.test(sums) ? 'sha512' : 'sha256'
      const hash = createHash(algorithm).update(bytes).digest('hex')
      const name = decodeURIComponent(source.url.slice(source.url.lastIndexOf('/') + 1))
      const expected = algorithm === 'sha512' ? `${hash}\n` : `${hash}  ${name}\n`
      expect(sums, source.id).toContain(expected)
    }
    await using oci = openRegistry(optionsFor(upstream))
    for (const image of [...expanded.images, ...expanded.imageFiles]) {
      const resolved = await oci.resolveImage(parseReference(image.reference), parsePlatform(platform))
      expect(resolved.layers.length, image.reference).toBeGreaterThan(0)
    }
  })

  it('every tarball holds the members that are taken out of it', async () => {
    const { release } = await loadRelease(path.join(repositoryRoot, 'manifests/kubeedge-1.22.0.yaml'), {
      folders: [],
    })
    for (const file of expandFor(release, platform).files) {
      const members = file.parts.flatMap((part) => part.member ?? [])
      if (members.length === 0) continue
      const tarball = path.join(work, 'tarball')
      await writeFile(tarball, await get(file.url))
      const listed = (await mustExec(exec, 'tar', ['-tzf', tarball])).split('\n')
      expect(listed, file.id).toEqual(expect.arrayContaining(members))
    }
  })
})

describe('what is served', () => {
  it('is read by skopeo, an index with attestations as well as a manifest list', async () => {
    for (const reference of [PAUSE, 'docker.io/library/eclipse-mosquitto:1.6.15']) {
      const source = `docker://${new URL(upstream.origin).host}/${reference}`
      const copy = ['--insecure-policy', 'copy', '--quiet', '--src-tls-verify=false', '--all']
      await mustExec(exec, 'skopeo', [...copy, source, `oci:${work}/skopeo:x`])
      const plain = [
        'inspect',
        '--tls-verify=false',
        '--override-arch',
        'arm64',
        '--override-os',
        'linux',
        source,
      ]
      const seen = JSON.parse(await mustExec(exec, 'skopeo', plain)) as Record<string, unknown>
      expect(seen).toMatchObject({ Architecture: 'arm64', Labels: { [PLACEHOLDER_LABEL]: reference } })
    }
  })

  it('a Node that runs with the C library beside it, and with nothing else of this machine', async () => {
    const root = path.join(work, 'node')
    await mkdir(root)
    await using oci = openRegistry(optionsFor(upstream))
    const ref = parseReference(NODE)
    const image = await oci.resolveImage(ref, parsePlatform('linux/amd64'))
    for (const layer of image.layers) {
      const sink = memorySink()
      await oci.fetchBlob(ref, layer, sink)
      await writeFile(path.join(work, 'layer'), sink.bytes())
      await mustExec(exec, 'tar', ['-xzf', path.join(work, 'layer'), '-C', root])
    }
    const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu')
    const loader = path.join(libraries, 'ld-linux-x86-64.so.2')
    const node = path.join(root, 'usr/local/bin/node')
    const args = ['--inhibit-cache', '--library-path', libraries, node, '--version']
    expect(await mustExec(exec, loader, args)).toBe('v24.21.0\n')
  })

  it('is the same every time', async () => {
    const again = await releaseContent({ directory: '' })
    expect(again.images.map((image) => image.root)).toEqual(content.images.map((image) => image.root))
    expect(again.files.map((file) => file.etag)).toEqual(content.files.map((file) => file.etag))
  })

  it('comes from EDGELIFT_UPSTREAM_DIR where there is something, programs and images', async () => {
    const directory = path.join(work, 'own')
    await mkdir(path.join(directory, 'bin'), { recursive: true })
    await writeFile(path.join(directory, 'bin/k3s'), 'a real k3s')
    const files = [{ path: '/pause', mode: 0o755, source: Buffer.from('a real pause') }]
    const recipe = { reference: PAUSE, platform: 'linux/amd64', files } as const
    await writeDockerArchive(recipe, path.join(directory, 'images/pause.tar'))
    const own = { ...recipe, reference: 'registry.example/team/app:1' }
    await writeDockerArchive(own, path.join(directory, 'images/app.tar'))
    await using real = await startUpstream({ content: await releaseContent({ directory }) })
    const k3s = await request(
      real.urlOf('https://github.com/k3s-io/k3s/releases/download/v1.34.2%2Bk3s1/k3s'),
    )
    expect(await k3s.body.text()).toBe('a real k3s')
    const registries = {
      ...optionsFor(real).mirrors,
      'registry.example': [`${real.origin}/registry.example`],
    }
    await using oci = openRegistry({ ...optionsFor(real), mirrors: registries })
    const labels = async (reference: string, platform: string) =>
      (await oci.resolveImage(parseReference(reference), parsePlatform(platform))).config.labels
    expect(await labels(PAUSE, 'linux/amd64')).toEqual({})
    expect(await labels(PAUSE, 'linux/arm64')).toEqual({ [PLACEHOLDER_LABEL]: PAUSE })
    expect(await labels('registry.example/team/app:1', 'linux/amd64')).toEqual({})
  })
})

describe('our client against an upstream that misbehaves', () => {
  it('goes on after a cut and a token that has expired, and leaves credentials behind at a redirect', async () => {
    await using bad = await startUpstream({
      content,
      auth: { kind: 'token', users: { me: 'secret' } },
      faults: [
        on({ path: '/blobs/', nthOfPath: 1 }, cut({ share: 0.5 })),
        on({ path: '/blobs/', nthOfPath: 2 }, expiredToken()),
        on({ path: '/blobs/', nthOfPath: 3 }, redirectElsewhere()),
      ],
    })
    await using oci = openRegistry({
      ...optionsFor(bad),
      credentials: async () => ({ kind: 'basic', username: 'me', password: 'secret' }),
    })
    const ref = parseReference(NODE)
    const image = await oci.resolveImage(ref, parsePlatform('linux/amd64'))
    const [layer] = image.layers
    if (layer === undefined) throw new Error('no layer')
    const sink = memorySink()
    const { fetched } = await oci.fetchBlob(ref, layer, sink)
    expect([digestOf(sink.bytes()), fetched]).toEqual([layer.digest, layer.size])
    const second = bad.elsewhere.served.log
    expect(second.length).toBeGreaterThan(0)
    expect(second.every((one) => !one.authorized)).toBe(true)
  })
})
