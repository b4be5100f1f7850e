import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { formatSums, hexOfIntegrity } from '@edgelift/bundle'
import { writeOciArchive } from './images/oci-archive.ts'
import type { ImageRecipe } from './images/recipe.ts'
import { inside } from './nodes/disk.ts'
import type { TestNode } from './nodes/types.ts'

interface Manifest {
  name: string
  lock: string
  release: { version: string }
  files: { path: string; size: number; integrity: string }[]
  images: { reference: string; digest: string; file: string }[]
}

/** Carried by both archives, and run by none unless its option is chosen. */
export const GATEWAY = 'docker.io/kubeedge/edgemesh-gateway:v1.17.0'
export const NEXT_GATEWAY = 'docker.io/kubeedge/edgemesh-gateway:v1.17.9'

export interface OtherRelease {
  /** Path in the archive to content. */
  readonly programs?: Readonly<Record<string, string>>
  /** The release's version; the same when left out. */
  readonly version?: string
  /** The gateway's image keeps its tag and has other content; else it has another tag. */
  readonly rebuilt?: boolean
}

/** Makes another release of an unpacked archive on a node, in a directory beside it. It passes the audit. */
export async function otherRelease(
  node: TestNode,
  directory: string,
  { programs = {}, version, rebuilt = false }: OtherRelease = {},
): Promise<string> {
  const suffix = version ?? (rebuilt ? 'rebuilt' : `next${Object.keys(programs).length}`)
  const other = `${directory}-${suffix}`
  await node.exec(['cp', '-a', directory, other])
  const folder = await inside(node.root, other)
  const at = (file: string) => path.join(folder, file)
  const manifest: Manifest = JSON.parse(await readFile(at('manifest.json'), 'utf8'))
  manifest.name = path.basename(other)
  if (version !== undefined) manifest.release.version = version
  manifest.lock = `sha256:${createHash('sha256').update(other).digest('hex')}`
  const change = async (file: string, content: Buffer) => {
    await writeFile(at(file), content)
    const entry = manifest.files.find((one) => one.path === file)
    if (entry === undefined) throw new Error(`${file} is not in ${directory}`)
    entry.size = content.length
    entry.integrity = `sha256-${createHash('sha256').update(content).digest('base64')}`
  }
  for (const [file, text] of Object.entries(programs)) await change(file, Buffer.from(text))
  await (rebuilt ? rebuild : retag)(manifest, at, change)
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFile(at('manifest.json'), text)
  const sums = new Map(manifest.files.map((file) => [file.path, hexOfIntegrity(file.integrity)]))
  sums.set('manifest.json', createHash('sha256').update(text).digest('hex'))
  await writeFile(at('SHA256SUMS'), formatSums(sums))
  return other
}

async function rebuild(
  manifest: Manifest,
  at: (file: string) => string,
  change: (file: string, content: Buffer) => Promise<void>,
): Promise<void> {
  const image = manifest.images.find(({ reference }) => reference === GATEWAY)
  if (image === undefined) throw new Error('the archive has no gateway')
  const files = [{ path: '/rebuilt', mode: 0o644, source: Buffer.from('rebuilt\n') }]
  const recipe: ImageRecipe = { reference: GATEWAY, platform: 'linux/amd64', files }
  const { digest } = await writeOciArchive(recipe, at(image.file), { name: GATEWAY })
  image.digest = digest
  await change(image.file, await readFile(at(image.file)))
}

/** Both tags have the same length: a tarball's index changes, and nothing else. */
async function retag(
  manifest: Manifest,
  at: (file: string) => string,
  change: (file: string, content: Buffer) => Promise<void>,
): Promise<void> {
  const image = manifest.images.find(({ reference }) => reference === GATEWAY)
  const entry = manifest.files.find(({ path: file }) => file === image?.file)
  if (image === undefined || entry === undefined) throw new Error('the archive has no gateway')
  const tarball = await readFile(at(image.file), 'latin1')
  const file = image.file.replace('v1.17.0', 'v1.17.9')
  await rename(at(image.file), at(file))
  Object.assign(image, { reference: NEXT_GATEWAY, file })
  entry.path = file
  manifest.files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const [, name] = GATEWAY.split('docker.io/')
  const [, next] = NEXT_GATEWAY.split('docker.io/')
  await change(
    file,
    Buffer.from(tarball.replaceAll(name ?? '', next ?? '').replaceAll('"v1.17.0"', '"v1.17.9"'), 'latin1'),
  )
}
