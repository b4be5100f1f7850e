import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { formatSums, hexOfIntegrity } from '@edgelift/bundle'
import { inside } from './nodes/disk.ts'
import type { TestNode } from './nodes/types.ts'

interface Manifest {
  name: string
  lock: string
  release: { version: string }
  files: { path: string; size: number; integrity: string }[]
  images: { reference: string; file: string }[]
}

/** Carried by both archives, and run by none unless its option is chosen. */
export const GATEWAY = 'docker.io/kubeedge/edgemesh-gateway:v1.17.0'
export const NEXT_GATEWAY = 'docker.io/kubeedge/edgemesh-gateway:v1.17.9'

/**
 * Makes another release of an unpacked archive on a node, in a directory beside it: the gateway's image has another tag, and
 * programs may be others. It passes the audit.
 * @param programs path in the archive to content
 * @param version the release's version; the same when left out
 */
export async function otherRelease(
  node: TestNode,
  directory: string,
  programs: Readonly<Record<string, string>> = {},
  version?: string,
): Promise<string> {
  const other = `${directory}-${version ?? `next${Object.keys(programs).length}`}`
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
  await retag(manifest, at, change)
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFile(at('manifest.json'), text)
  const sums = new Map(manifest.files.map((file) => [file.path, hexOfIntegrity(file.integrity)]))
  sums.set('manifest.json', createHash('sha256').update(text).digest('hex'))
  await writeFile(at('SHA256SUMS'), formatSums(sums))
  return other
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
