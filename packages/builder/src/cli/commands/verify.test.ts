import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { digestOf, silent, type WorkEvent } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verify as verifyFunction } from '../../api/index.ts'
import { splitArchive } from '../../assemble/split-archive.ts'
import { writeArchive } from '../../assemble/write-archive.ts'
import { LockedImage } from '../../lock/schema.ts'
import type { ArchivePlan } from '../../plan/archive-plan.ts'
import { verifyCommand } from './verify.ts'

const { signal } = new AbortController()
const OCI = 'application/vnd.oci.image'
const CONTENT = Buffer.from('what the layer holds '.repeat(1000))
const SOUND = gzipSync(CONTENT)

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-verify-'))
  store = await openStore(path.join(folder, 'store'))
})
afterEach(() => rm(folder, { recursive: true }))

async function blobOf(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: await store.putBytes(bytes), size: bytes.length }
}

/** The archive of one image with one layer. */
async function archiveOf(layer: Buffer, name = 'site-edge-amd64'): Promise<string> {
  const layers = [await blobOf(layer, `${OCI}.layer.v1.tar+gzip`)]
  const rootfs = { type: 'layers', diff_ids: [digestOf(CONTENT)] }
  const config = await blobOf(
    Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs })),
    `${OCI}.config.v1+json`,
  )
  const mediaType = `${OCI}.manifest.v1+json`
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }))
  const image = LockedImage.parse({
    ...{ reference: 'docker.io/site/app:1', platform: 'linux/amd64', roles: ['edge'], packed: true },
    ...{ manifest: await blobOf(manifest, mediaType), config, layers, neededBy: [], files: [] },
  })
  const plan: ArchivePlan = {
    ...{ name, role: 'edge', platform: 'linux/amd64', release: { name: 'site', version: '1' } },
    ...{ lock: digestOf('lock'), versions: {}, charts: [], options: [], placeholders: [] },
    settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
    entries: [
      {
        ...{ path: 'images/app.tar', mode: '0644', compress: false, neededBy: [] },
        ...{ origin: { kind: 'edgelift', version: '0' }, content: { kind: 'image', image } },
      },
    ],
    images: [
      {
        ...{ reference: image.reference, platform: 'linux/amd64', file: 'images/app.tar', neededBy: [] },
        ...{ digest: image.manifest.digest, blobs: [config, ...layers].map(({ digest }) => digest) },
      },
    ],
  }
  return (await writeArchive(plan, { store, out: folder, report: silent, signal })).file
}

function unpack(file: string): string {
  execFileSync('tar', ['-xzf', file, '-C', folder])
  return file.replace('.tar.gz', '')
}

async function verify(places: readonly string[], args: Record<string, unknown> = {}) {
  const events: WorkEvent[] = []
  const outcome = await verifyCommand(
    { archive: places, ...args },
    {
      ...{ lang: 'en', env: {}, json: false, typed: 'edgelift', quiet: true, verbose: false, signal },
      report: (event) => events.push(event),
      pause: () => () => {},
      streams: { stdout: { write: () => {} }, stderr: { write: () => {} } },
    },
  )
  const plain = { green: same, red: same, yellow: same } as unknown as Parameters<typeof outcome.text>[1]
  const text = (lang: 'en' | 'zh') => outcome.text(lang, plain)
  return { ...outcome, text, events, document: JSON.parse(JSON.stringify(outcome.document)) }
}

const same = (text: string): string => text

describe('verify', () => {
  it('names an archive that the disk cannot read, and checks the next one', async () => {
    const sound = await archiveOf(SOUND)
    const { exit, errors, document } = await verify(['/proc/self/mem', sound])
    expect(errors).toMatchObject([{ code: 'FILE_UNUSABLE', what: { en: 'cannot use /proc/self/mem' } }])
    expect([exit, document.verified.map(({ ok }: { ok: boolean }) => ok)]).toEqual([1, [false, true]])
  })

  it('says of an archive what is proved and what is not, and nothing of its layers', async () => {
    const file = await archiveOf(SOUND)
    const { exit, text, document } = await verify([file])
    expect(exit).toBe(0)
    expect(document.verified).toMatchObject([{ path: file, ok: true, signature: 'none', problems: [] }])
    expect(document.verified[0]).not.toHaveProperty('layers')
    expect(text('en')).toMatch(
      /^✓ .*site-edge-amd64\.tar\.gz\s+3 files, .*\n {2}proved: .*\n {2}not proved: who/,
    )
    expect(text('zh')).toMatch(/3 个文件，.*\n {2}已证明：.*\n {2}未证明：/)
  })

  it('checks every archive, also behind one that is damaged, and ends with the worst exit code', async () => {
    const [first, second] = [await archiveOf(SOUND, 'a'), await archiveOf(SOUND, 'b')]
    await writeFile(first, 'damaged')
    const { exit, document, text, errors } = await verify([first, second])
    expect(exit).toBe(4)
    expect(document.verified).toMatchObject([
      { path: first, ok: false, problems: [{ code: 'ARCHIVE_DAMAGED' }] },
      { path: second, ok: true },
    ])
    expect(document.error.code).toBe('ARCHIVE_DAMAGED')
    expect(errors).toHaveLength(1)
    expect(text('en')).toMatch(/^✗ .*a\.tar\.gz\n✓ .*b\.tar\.gz/)
  })

  it('takes a folder of archives for all of them, and parts for the one that they make', async () => {
    const [first, second] = [await archiveOf(SOUND, 'a'), await archiveOf(SOUND, 'b')]
    const { parts } = await splitArchive(second, {
      ...{ size: 4000, release: { name: 'site', version: '1' }, key: undefined, signing: undefined },
      ...{ report: silent, signal },
    })
    expect(parts.length).toBeGreaterThan(1)
    await rm(second)
    const { document } = await verify([folder, `${second}.part001`, `${second}.part002`])
    const paths = document.verified.map(({ path: where }: { path: string }) => where)
    expect(paths).toEqual([first, `${second}.parts.sha256`])
  })
})

describe('verify --layers', () => {
  it('says how many layers unpack as their images say, of an archive and of its directory', async () => {
    const file = await archiveOf(SOUND)
    const { exit, document, text, events } = await verify([file, unpack(file)], { layers: true })
    expect(exit).toBe(0)
    const layers = { images: 1, layers: 1, bytes: CONTENT.length }
    expect(document.verified).toMatchObject([
      { ok: true, layers },
      { ok: true, layers },
    ])
    const words = 'unpacked: 1 layer in 1 image, 21.0 KB, each as its image lists it'
    expect(
      text('en')
        .split('\n')
        .filter((line) => line.includes(words)),
    ).toHaveLength(2)
    expect(text('zh')).toContain('已解包：1 个镜像，1 层，21.0 KB，内容均与镜像配置一致')
    const progress = events.flatMap((event) =>
      event.type === 'transfer' && event.id.endsWith(' layers') ? [event.done / (event.total ?? 0)] : [],
    )
    expect(progress.at(-1)).toBe(1)
  })

  it('is an option of the npm package’s function, too', async () => {
    const file = await archiveOf(SOUND)
    const [plain] = (await verifyFunction(file)).verified
    const [unpacked] = (await verifyFunction(file, { layers: true })).verified
    expect(plain).not.toHaveProperty('layers')
    expect(unpacked?.layers).toEqual({ images: 1, layers: 1, bytes: CONTENT.length })
  })

  it.each([
    [
      'garbage behind it',
      Buffer.concat([SOUND, Buffer.from('garbage')]),
      'something else follows its gzip stream',
    ],
    ['another content', gzipSync('another content'), `it unpacks to ${digestOf('another content')}, but`],
  ])('refuses a layer with %s, which without it passes', async (_what, layer, words) => {
    const file = await archiveOf(layer)
    for (const where of [file, unpack(file)]) {
      expect((await verify([where])).exit).toBe(0)
      const { exit, document, errors } = await verify([where], { layers: true })
      expect(exit).toBe(4)
      expect(errors).toMatchObject([
        {
          code: 'LAYER_INVALID',
          what: {
            en: `${where}: images/app.tar: containerd would refuse docker.io/site/app:1, layer 1 (${digestOf(layer)})`,
          },
          because: { en: expect.stringContaining(words) },
        },
      ])
      expect(document.verified).toMatchObject([{ ok: false, problems: [{ code: 'LAYER_INVALID' }] }])
    }
  })

  it('looks into no layer of an archive that is not as it was packed', async () => {
    const directory = unpack(await archiveOf(gzipSync('another content')))
    await writeFile(path.join(directory, 'foreign'), '')
    const { errors } = await verify([directory], { layers: true })
    expect(errors?.map(({ code }) => code)).toEqual(['FILE_FOREIGN'])
  })
})
