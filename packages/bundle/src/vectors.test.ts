import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { tarHeader } from '@edgelift/core'
import { expect, it } from 'vitest'
import { packRecords } from './archive-writer.ts'
import { packMember } from './gzip-member.ts'
import { signHash, signingHash } from './minisign.ts'
import { formatPublicKey, newKey } from './minisign-key.ts'
import { imageFileName } from './paths.ts'
import { formatSums } from './sums.ts'

const docs = path.resolve(import.meta.dirname, '../../../docs')

const TEXT = Buffer.from('edgelift\n')
const hex = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString('hex')
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const header = (name: string, type: 'file' | 'directory'): string =>
  sha256(
    tarHeader({ path: name, type, size: type === 'file' ? 9 : 0, mode: type === 'file' ? 0o644 : 0o755 }),
  )

async function vectors(): Promise<string[]> {
  const manifest = Buffer.from('{}\n')
  const sums = Buffer.from(formatSums(new Map([['manifest.json', sha256(manifest)]])))
  const records = new Map([
    ['manifest.json', manifest],
    ['SHA256SUMS', sums],
  ])
  const key = newKey(Buffer.alloc(32, 1), Buffer.from('0102030405060708', 'hex'))
  const signature = signHash(signingHash().update(TEXT).digest(), key, 'a comment')
  return [
    hex(await packMember(TEXT, false)),
    hex(await packMember(TEXT, true)),
    `SHA-256(${header('a/b', 'file')})`,
    `SHA-256(${header('a', 'directory')})`,
    `SHA-256(${header(`a/${'x'.repeat(120)}`, 'file')})`,
    `SHA-256(${sha256(await packRecords('a', records))})`,
    imageFileName('docker.io/library/eclipse-mosquitto:1.6.15'),
    imageFileName('docker.io/kubeedge/edgemesh-agent:v1.17.0'),
    formatPublicKey(key).split('\n')[1] ?? '',
    signature.split('\n')[1] ?? '',
  ]
}

it.each(['en', 'zh-CN'])(
  'the specification of the format (%s) has the vectors that the code makes',
  async (lang) => {
    const page = await readFile(path.join(docs, lang, 'bundle-format.md'), 'utf8')
    const [, section = ''] = page.split(/^## (?:Test vectors|测试向量)$/m)
    const [table = ''] = section.split(/^## /m)
    const found = [...table.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map(([, output]) => output)
    expect(found).toEqual(await vectors())
  },
)
