import { createHash } from 'node:crypto'
import {
  archiveWriter,
  type BundleManifest,
  formatManifest,
  formatSums,
  newKey,
  type SecretKey,
  signHash,
  signingHash,
} from '@edgelift/bundle'
import { digestOf, hexOf } from '@edgelift/core'
import { sampleManifest } from '../../../packages/bundle/src/manifest.sample.ts'
import { noise } from '../../support/building/small-release.ts'

export const TOP = 'kubeedge-edge-1.22.0-amd64'
export const SIGNER = newKey(Buffer.alloc(32, 7), Buffer.alloc(8, 1))

/** Files of every shape: empty, deflated, stored, executable, with a path that needs a pax header. */
export const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['README.txt', Buffer.from('read me\n')],
  ['bin/helm', noise('helm', 5_000)],
  [`docs/${'long/'.repeat(40)}page.md`, Buffer.from('# page\n')],
  ['empty', Buffer.alloc(0)],
  ['images/a.tar', noise('a', 20_000)],
  ['images/b.tar', noise('b', 700)],
  ['install.yaml', Buffer.from('# settings\n')],
])

/** An archive with all records, signed by `key`. */
export async function packSample(
  out: string,
  { files = FILES, key = SIGNER }: { files?: ReadonlyMap<string, Buffer>; key?: SecretKey } = {},
): Promise<void> {
  const writer = await archiveWriter({ out, top: TOP })
  const modeOf = (name: string) => (name.startsWith('bin/') ? '0755' : '0644')
  const write = (name: string, bytes: Buffer, compress: boolean) =>
    writer.file({ path: name, mode: modeOf(name), size: bytes.length, compress }, [bytes])
  for (const [name, bytes] of files) await write(name, bytes, !name.endsWith('.tar'))
  const manifest = formatManifest(manifestOf(files, modeOf, await writer.seal()))
  const sums = new Map(
    [...files, ['manifest.json', manifest] as const].map(([name, b]) => [name, hexOf(digestOf(b))]),
  )
  const sumsBytes = Buffer.from(formatSums(sums))
  await write('manifest.json', manifest, false)
  await write('SHA256SUMS', sumsBytes, false)
  const signature = signHash(signingHash().update(sumsBytes).digest(), key, `${TOP}/SHA256SUMS`)
  await write('SHA256SUMS.minisig', Buffer.from(signature), false)
  await writer.finish()
}

function manifestOf(
  files: ReadonlyMap<string, Buffer>,
  modeOf: (name: string) => '0644' | '0755',
  packed: BundleManifest['packed'],
): BundleManifest {
  return {
    ...sampleManifest,
    name: TOP,
    release: { name: 'kubeedge', version: '1.22.0' },
    packed,
    files: [...files].map(([name, bytes]) => ({
      path: name,
      size: bytes.length,
      mode: modeOf(name),
      integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}`,
      origin: { kind: 'edgelift', version: '0.1.0' },
      neededBy: [],
    })),
  }
}
