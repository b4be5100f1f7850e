import { crc32 } from 'node:zlib'
import {
  type BundleManifest,
  formatPublicKey,
  formatSecretKey,
  formatSums,
  isSafePath,
  newKey,
  parsePublicKeys,
  parseSecretKey,
  parseSums,
  readManifest,
  signHash,
  signingHash,
  verifyHash,
} from '@edgelift/bundle'
import { parseDelta } from '../../../packages/bundle/src/delta/schema.ts'
import {
  checkedPart,
  memberSize,
  packMember,
  unpackMember,
} from '../../../packages/bundle/src/gzip-member.ts'
import { sampleManifest } from '../../../packages/bundle/src/manifest.sample.ts'
import { bytesOf, documentOf, textOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'

const HEX = 'ab'.repeat(32)
const SUMS = formatSums(
  new Map([
    ['a', HEX],
    ['images/b.tar', HEX],
  ]),
)
const sums = parserOf('SHA256SUMS', textOf([SUMS], [HEX, '  ', ' *', '\n', 'a', '\\', '/', '..']), (text) => {
  const found = parseSums(text, 'x')
  must(formatSums(found).split('\n').sort().join() === text.split('\n').sort().join(), 'other lines')
})

const KEY = newKey(Buffer.alloc(32, 7), Buffer.alloc(8, 1))
const COMMENT = 'a.tar.gz release:a-1'
const HASH = signingHash().update('content').digest()
const SIGNATURE = signHash(HASH, KEY, COMMENT)
const MINISIGN = ['untrusted comment: ', 'trusted comment: ', '\n', '\r\n', 'RUQ', '=', 'A', '/']
const signatures = parserOf(
  'minisign: signatures',
  textOf([SIGNATURE], [...MINISIGN, ...SIGNATURE.split('\n')]),
  (text) => must(verifyHash(HASH, text, KEY, 'x') === COMMENT, 'another comment holds'),
)
const otherContent = parserOf('minisign: another content', textOf([SIGNATURE], MINISIGN), (text) => {
  verifyHash(signingHash().update('other').digest(), text, KEY, 'x')
  must(false, 'a signature of something else holds')
})
const keys = parserOf('minisign: public keys', textOf([formatPublicKey(KEY)], MINISIGN), (text) => {
  for (const { id, raw } of parsePublicKeys(text, 'x'))
    must(id.length === 8 && raw.length === 32, 'a short key')
})
const secrets = parserOf('minisign: secret keys', textOf([formatSecretKey(KEY)], MINISIGN), (text) =>
  must(parseSecretKey(text, 'x').raw.equals(KEY.raw), 'another key'),
)

const MANIFEST: BundleManifest = {
  ...sampleManifest,
  lock: `sha256:${HEX}`,
  packed: { size: 1, sha256: HEX },
  files: ['a', 'B/c'].map((name) => ({
    path: name,
    size: 1,
    mode: '0644',
    integrity: `sha256-${'A'.repeat(43)}=`,
    origin: { kind: 'edgelift', version: '0' },
    neededBy: [],
  })),
}
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '-1',
  '1e400',
  '"path":"../x"',
  '"path":"A"',
  '"__proto__":{"polluted":1},',
  'sha256-!!!',
]
function soundManifest(text: string): void {
  const { files } = readManifest(Buffer.from(text), 'x')
  must(
    files.every((file) => isSafePath(file.path) && Number.isSafeInteger(file.size)),
    'an unsafe file',
  )
  const folded = new Set(files.map((file) => file.path.normalize('NFC').toLowerCase()))
  must(folded.size === files.length, 'two paths that are one file where case is not told apart')
}
const manifests = parserOf('manifest.json', textOf([JSON.stringify(MANIFEST)], PIECES), soundManifest)
const manifestFields = parserOf('manifest.json: fields', documentOf([MANIFEST]), soundManifest)

const DELTA = {
  format: 'edgelift/delta/v1',
  name: 'a',
  base: { name: 'a', version: '0' },
  files: [
    { path: 'a', pack: 'alone', source: 'base' },
    { path: 'b', pack: 'stored', source: [{ bytes: 'AAAA' }, { blob: HEX, size: 3 }] },
  ],
}
function soundDelta(text: string): void {
  const { files, name } = parseDelta(Buffer.from(text), 'x')
  must(files.every((file) => isSafePath(file.path)) && isSafePath(name), 'an unsafe path')
}
const deltas = parserOf('delta.json', textOf([JSON.stringify(DELTA)], PIECES), soundDelta)
const deltaFields = parserOf('delta.json: fields', documentOf([DELTA]), soundDelta)

const RAW = Buffer.from('tar bytes '.repeat(200))
const MEMBERS = await Promise.all(
  [true, false].map(async (deflated) => Buffer.concat(await packMember(RAW, deflated))),
)
const members = parserOf('gzip members', bytesOf(MEMBERS), async (bytes) => {
  const size = memberSize(bytes)
  if (size === undefined || size > bytes.length) return
  const member = bytes.subarray(0, size)
  const { raw, state } = await unpackMember(member, crc32(member.subarray(...checkedPart(size))))
  must(state !== 'intact' || Buffer.concat(raw).equals(RAW), 'another content is intact')
})

export const BUNDLE_PARSERS: readonly Parser[] = [
  ...[sums, signatures, otherContent, keys, secrets],
  ...[manifests, manifestFields, deltas, deltaFields, members],
]
