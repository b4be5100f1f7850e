import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { formatSums, type SecretKey, signHash, signingHash } from '@edgelift/bundle'
import { exec, hashFile, mustExec } from '@edgelift/core'
import { planImageTar, type RegistryClient, type Store, writeImageTar } from '@edgelift/oci'
import { builderImage } from './image.ts'
import { npmTarball } from './npm-tarball.ts'

const ARCHITECTURES = ['amd64', 'arm64'] as const

/** The files of a release, by their names; SHA256SUMS lists them. */
export function artefactNames(version: string): string[] {
  return [
    'edgelift.mjs',
    `edgelift-${version}.tgz`,
    ...ARCHITECTURES.map((arch) => `edgelift-${version}-image-${arch}.tar`),
    ...['edgelift.1', 'edgelift.zh_CN.1', 'edgelift.bash', '_edgelift', 'edgelift.fish'],
  ]
}

export interface ArtefactOptions {
  readonly root: string
  readonly out: string
  readonly version: string
  /** Reference of the base image. */
  readonly base: string
  readonly registry: RegistryClient
  readonly store: Store
  readonly key?: SecretKey
}

/** Writes every file of {@link artefactNames} and their sums, signed with `key`. */
export async function writeArtefacts(options: ArtefactOptions): Promise<void> {
  const { root, out, version, key } = options
  const at = (name: string): string => path.join(out, name)
  await mkdir(out, { recursive: true })
  await mustExec(exec, process.execPath, [path.join(root, 'scripts/package.mjs')])
  await copyFile(path.join(root, 'dist/edgelift.mjs'), at('edgelift.mjs'))
  await writeFile(at(`edgelift-${version}.tgz`), await npmTarball(root))
  await copyFile(path.join(root, 'docs/man/edgelift.1'), at('edgelift.1'))
  await copyFile(path.join(root, 'docs/man/zh_CN/edgelift.1'), at('edgelift.zh_CN.1'))
  const scripts = { bash: 'edgelift.bash', zsh: '_edgelift', fish: 'edgelift.fish' }
  for (const [shell, name] of Object.entries(scripts)) {
    const args = [at('edgelift.mjs'), 'completion', shell, '--lang', 'en']
    await writeFile(at(name), await mustExec(exec, process.execPath, args))
  }
  for (const arch of ARCHITECTURES) {
    const program = await readFile(at('edgelift.mjs'))
    const image = await builderImage({ ...options, program, platform: `linux/${arch}` })
    const file = createWriteStream(at(`edgelift-${version}-image-${arch}.tar`))
    await pipeline(copied(writeImageTar(planImageTar(image), options.store.read)), file)
  }
  const sums = await Promise.all(
    artefactNames(version).map(async (name): Promise<[string, string]> => {
      const { sha256 } = await hashFile(at(name))
      return [name, sha256]
    }),
  )
  const text = formatSums(new Map(sums.sort(([a], [b]) => (a < b ? -1 : 1))))
  await writeFile(at('SHA256SUMS'), text)
  if (key === undefined) return
  const hash = signingHash().update(text).digest()
  await writeFile(at('SHA256SUMS.minisig'), signHash(hash, key, `SHA256SUMS release:edgelift-${version}`))
}

/** Pieces of an image's tar are valid only until the next is asked for; a stream keeps several. */
async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece)
}
