import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { digestOf, tarHeader } from '@edgelift/core'
import {
  dockerCredentials,
  formatReference,
  membersOfTar,
  parsePlatform,
  parseReference,
} from '@edgelift/oci'
import { parseChallenges } from '../../../packages/oci/src/auth/challenges.ts'
import { parseRetryAfter } from '../../../packages/oci/src/http/retry-after.ts'
import { readManifestDocument } from '../../../packages/oci/src/manifest/manifest-document.ts'
import { formatPax, parsePax } from '../../../packages/oci/src/tar/pax.ts'
import { TarError } from '../../../packages/oci/src/tar/tar-error.ts'
import { bytesOf, textOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'
import { written } from './written.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

const REFERENCES = [
  'busybox',
  'kubeedge/cloudcore:v1.22.0',
  `registry.example:5000/a/b-c__d.e:v1@${DIGEST}`,
  '[::1]:5000/x',
]
const references = parserOf(
  'references',
  textOf(REFERENCES, [
    '/',
    ':',
    '@',
    '.',
    '-',
    '__',
    'A',
    'sha256:',
    DIGEST,
    'localhost',
    '[',
    ']',
    'a'.repeat(130),
  ]),
  (text) => {
    const reference = parseReference(text)
    const again = parseReference(formatReference(reference))
    must(JSON.stringify(again) === JSON.stringify(reference), 'its canonical form is another reference')
    must(/^[\x21-\x7e]+$/.test(formatReference(reference)), 'it holds blanks or characters that are no ASCII')
  },
)

const CHALLENGES = [
  'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"',
  'Basic realm="x", Bearer realm="y"',
  'Negotiate abc==, Digest qop="auth, auth-int", nonce=1',
]
const challenges = parserOf(
  'challenges',
  textOf(CHALLENGES, ['Bearer ', 'Basic', '=', ',', '"', '\\"', 'realm=', 'token68==', ' ', '\t', ', ,']),
  (text) => {
    for (const { scheme, params } of parseChallenges(text)) {
      must(scheme === scheme.toLowerCase(), 'a scheme in capitals')
      must(Object.getPrototypeOf(params) === null, 'parameters with a prototype')
    }
  },
)

const OCI = 'application/vnd.oci.image'
const descriptor = (type: string) => ({ mediaType: `${OCI}.${type}`, digest: DIGEST, size: 7 })
const DOCUMENTS = [
  { schemaVersion: 2, config: descriptor('config.v1+json'), layers: [descriptor('layer.v1.tar+gzip')] },
  {
    schemaVersion: 2,
    manifests: [{ ...descriptor('manifest.v1+json'), platform: { os: 'linux', architecture: 'arm64' } }],
  },
].map((one) =>
  JSON.stringify({ mediaType: `${OCI}.${'layers' in one ? 'manifest' : 'index'}.v1+json`, ...one }),
)
const JSON_PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '-1',
  '1.5',
  '"size":',
  '"digest":',
  '"__proto__":{"polluted":1},',
  '[[[[',
]
const manifests = parserOf('manifests and indexes', textOf(DOCUMENTS, JSON_PIECES), (text) => {
  const found = readManifestDocument(Buffer.from(text), undefined, 'x')
  const descriptors =
    found.kind === 'index' ? found.index.manifests : [found.manifest.config, ...found.manifest.layers]
  for (const { size } of descriptors) must(Number.isSafeInteger(size) && size >= 0, 'a size that is none')
})

const platforms = parserOf(
  'platforms',
  textOf(['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7'], ['/', 'linux', 'x86_64', 'v', 'arm']),
  (text) => must(parsePlatform(text).os !== '', 'no operating system'),
)

const waits = parserOf(
  'Retry-After',
  textOf(['120', 'Wed, 21 Oct 2015 07:28:00 GMT'], ['0', '-', '9999999999', 'GMT', ',', 'Jan']),
  (text) => {
    const wait = parseRetryAfter(text, 0)
    must(wait === undefined || (Number.isFinite(wait) && wait >= 0), `waits ${wait}`)
  },
)

const PAX = formatPax([
  ['path', 'a/b'],
  ['size', '7'],
  ['GNU.sparse.map', '0,1'],
])
const readPax = (bytes: Buffer) => {
  const records = parsePax(bytes)
  must(records.length <= bytes.length / 4, 'more records than fit')
}
const pax = parserOf('PAX', bytesOf([PAX, Buffer.concat([PAX, PAX])]), readPax, [TarError])

const entry = (name: string, size: number, extra = Buffer.alloc(0)) =>
  Buffer.concat([extra, tarHeader({ path: name, type: 'file', size, mode: 0o644 }), Buffer.alloc(512, 'x')])
const TARS = [
  Buffer.concat([entry('a', 3), entry(`${'long/'.repeat(40)}b`, 512), Buffer.alloc(1024)]),
  Buffer.concat([
    tarHeader({ path: 'd', type: 'directory', size: 0, mode: 0o755 }),
    entry('d/c', 1),
    Buffer.alloc(1024),
  ]),
]
const ZSTD =
  'zstdCompressSync' in zlib ? [(zlib.zstdCompressSync as (bytes: Buffer) => Buffer)(TARS[0] as Buffer)] : []
const takeAll = async (bytes: Buffer) => {
  const found = await membersOfTar({
    stream: Readable.from([bytes], { objectMode: false }),
    what: 'x',
    wanted: { folder: '' },
    put: async (stream) => {
      let size = 0
      for await (const chunk of stream) size += (chunk as Buffer).length
      return { digest: digestOf(''), size }
    },
  })
  for (const { path: name } of found)
    must(!name.startsWith('/') && !name.split('/').includes('..'), `the path ${name}`)
}
const tars = parserOf('tar', bytesOf(TARS), takeAll)
const packed = parserOf(
  'tar in gzip or zstd',
  bytesOf([...TARS.map((tar) => zlib.gzipSync(tar)), ...ZSTD]),
  takeAll,
)

const CONFIGS = [
  JSON.stringify({ auths: { 'registry.example': { auth: Buffer.from('a:b').toString('base64') } } }),
  JSON.stringify({
    auths: { 'https://index.docker.io/v1/': { username: 'a', password: 'b' } },
    credHelpers: {},
  }),
]
const dockerConfig = parserOf(
  "docker's config",
  textOf(CONFIGS, [...JSON_PIECES, '"auth":', '"auths":', 'Og==', '=']),
  (text) =>
    written({ 'config.json': text }, async (folder) => {
      const neverRun = () => Promise.reject(new Error('a helper was started'))
      await dockerCredentials({ env: { DOCKER_CONFIG: folder }, exec: neverRun })('registry.example')
    }),
)

export const REGISTRY_PARSERS: readonly Parser[] = [
  ...[references, challenges, manifests, platforms, waits, pax, tars, packed, dockerConfig],
]
