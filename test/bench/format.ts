import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import {
  archiveWriter,
  type BundleManifest,
  formatManifest,
  formatSums,
  verifyArchive,
  verifyDirectory,
} from '@edgelift/bundle'
import { CHUNK } from '@edgelift/core'
import { sampleManifest } from '../../packages/bundle/src/manifest.sample.ts'
import { compare, median, type Row, row, shell } from './measure.ts'

const TOP = 'bench'
const LAYER = 64 * 1024 * 1024

/** The archive's format against tar, gzip and sha256sum, on four parts compressed layers and one part programs. */
export async function formatRows(folder: string): Promise<Row[]> {
  const source = path.join(folder, 'source')
  await mkdir(source, { recursive: true })
  await writeSource(source)
  const archive = path.join(folder, 'bench.tar.gz')
  const names = ['layer-1.tar', 'layer-2.tar', 'layer-3.tar', 'layer-4.tar', 'program']
  await pack(source, names, archive)
  shell(`tar cf - -C ${folder} source | gzip -6 > ${folder}/peer.tar.gz`, folder)
  const sizes = {
    ours: (await stat(archive)).size,
    peer: (await stat(path.join(folder, 'peer.tar.gz'))).size,
  }
  return [
    await compare({
      id: 'P2',
      what: 'pack an archive / tar with gzip -6',
      goal: 0.24,
      ours: () => pack(source, names, archive),
      peer: () => shell(`tar cf - source | gzip -6 > ${folder}/peer.tar.gz`, folder),
    }),
    row({
      id: 'P2-size',
      what: 'size of the archive / gzip -6 (MB)',
      goal: 1.02,
      ours: sizes.ours / 1e6,
      peer: sizes.peer / 1e6,
    }),
    ...(await verifyRows(folder, archive)),
  ]
}

/** Against what an auditor would run, and against the hashing that two passes over all bytes cost on all processors. */
async function verifyRows(folder: string, archive: string): Promise<Row[]> {
  const out = path.join(folder, 'out')
  const [unpack, check] = [
    `rm -rf out && mkdir out && tar xzf ${archive} -C out`,
    'sha256sum -c --quiet SHA256SUMS',
  ]
  const peer = (): void => shell(`${unpack} && cd out/${TOP} && ${check}`, folder)
  peer()
  const sound = async (verifying: Promise<{ readonly problems: readonly Error[] }>): Promise<void> => {
    const { problems } = await verifying
    if (problems.length > 0) throw problems[0]
  }
  const directory = path.join(folder, 'unpacked')
  shell(`mkdir unpacked && tar xzf ${archive} -C unpacked`, folder)
  const what = 'tar x and sha256sum -c'
  const ours = () => sound(verifyArchive(archive))
  const bytes = (await readFile(archive)).subarray(0, LAYER)
  const once = median([1, 2, 3].map(() => hashSeconds(bytes)))
  const limit = (2 * once * ((await stat(archive)).size / bytes.length)) / availableParallelism()
  await rm(out, { recursive: true })
  const verified = await compare({ id: 'P3', what: `verify an archive / ${what}`, goal: 0.1, ours, peer })
  return [
    verified,
    await compare({
      id: 'P3-dir',
      what: `verify a directory / ${what}`,
      goal: 0.1,
      ours: () => sound(verifyDirectory(path.join(directory, TOP))),
      peer,
    }),
    row({
      id: 'P3-limit',
      what: 'verify an archive / hashing all bytes twice on all cores',
      goal: 2,
      ours: verified.ours,
      peer: limit,
    }),
  ]
}

function hashSeconds(bytes: Uint8Array): number {
  const start = performance.now()
  createHash('sha256').update(bytes).digest()
  return (performance.now() - start) / 1000
}

async function writeSource(source: string): Promise<void> {
  for (const name of ['layer-1.tar', 'layer-2.tar', 'layer-3.tar', 'layer-4.tar']) {
    const handle = await open(path.join(source, name), 'w')
    for (let at = 0; at < LAYER; at += CHUNK) await handle.write(randomBytes(CHUNK))
    await handle.close()
  }
  await writeFile(path.join(source, 'program'), (await readFile(process.execPath)).subarray(0, LAYER))
}

async function pack(source: string, names: readonly string[], out: string): Promise<void> {
  const writer = await archiveWriter({ out, top: TOP })
  const sums = new Map<string, string>()
  const files: BundleManifest['files'] = []
  for (const name of names) {
    const { size } = await stat(path.join(source, name))
    const body = createReadStream(path.join(source, name), { highWaterMark: CHUNK })
    const hex = await writer.file({ path: name, mode: '0644', size, compress: name === 'program' }, body)
    const integrity = `sha256-${Buffer.from(hex, 'hex').toString('base64')}`
    files.push({
      path: name,
      size,
      mode: '0644',
      integrity,
      origin: { kind: 'edgelift', version: '0' },
      neededBy: [],
    })
    sums.set(name, hex)
  }
  const manifest = formatManifest({ ...sampleManifest, name: TOP, packed: await writer.seal(), files })
  sums.set('manifest.json', createHash('sha256').update(manifest).digest('hex'))
  await writer.file({ path: 'manifest.json', mode: '0644', size: manifest.length, compress: false }, [
    manifest,
  ])
  const text = Buffer.from(formatSums(sums))
  await writer.file({ path: 'SHA256SUMS', mode: '0644', size: text.length, compress: false }, [text])
  await writer.finish()
  await rm(`${out}.sha256`, { force: true })
}
