import { parseJson, readKubernetesYaml, readReleaseYaml, readSettingsYaml, YamlError } from '@edgelift/core'
import { builderProgram } from '../../../packages/builder/src/cli/program.ts'
import { readLockText } from '../../../packages/builder/src/lock/lock-file.ts'
import { sealOf } from '../../../packages/builder/src/lock/seal.ts'
import { parseChecksums } from '../../../packages/builder/src/sources/checksums.ts'
import { parseImageList } from '../../../packages/builder/src/sources/image-list.ts'
import { sampleLock } from '../../../packages/builder/src/testing/sample.ts'
import { parseCommandLine } from '../../../packages/core/src/cli/parse.ts'
import { tomlSettings } from '../../../packages/installer/src/containerd/toml-edit.ts'
import { parseToken } from '../../../packages/installer/src/kubeedge/join-token.ts'
import { textOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'

const YAML = [
  'role: cloud\nadvertise: [10.0.0.1]\nlabels:\n  a: b\nnote: |\n  two\n  lines\n',
  'a: &x {b: [1, 2, "c"]}\nd: *x\n---\ne: !!str 1\n',
  "- 'it''s'\n- \"\\u0041\"\n- {a: 1, b: }\n",
]
const YAML_PIECES = [
  '- ',
  ': ',
  '\n',
  '  ',
  '{',
  '}',
  '[',
  ']',
  '&a',
  '*a',
  '<<: ',
  '!!',
  '|',
  '>',
  '#',
  '---\n',
  '? ',
  '__proto__: {polluted: 1}\n',
  '"',
  "'",
  '0o7',
  '1e3',
  '~',
]
const yaml = (
  [
    ['settings', readSettingsYaml],
    ['releases', readReleaseYaml],
    ['Kubernetes', readKubernetesYaml],
  ] as const
).map(([name, read]) =>
  parserOf(
    `YAML: ${name}`,
    textOf(YAML, YAML_PIECES),
    (text) => must(Array.isArray(read(text)), 'no documents'),
    [YamlError],
  ),
)

const json = parserOf(
  'JSON',
  textOf(
    ['{"a":[1,{"b":null}],"c":"\\u0041"}', '[]'],
    ['{', '}', '[', ']', '"', ':', ',', '\\', '\\u', '"__proto__":{"polluted":1}', '1e5', '[[[['],
  ),
  (text) => must(JSON.stringify(parseJson(text)) === JSON.stringify(JSON.parse(text)), 'another value'),
  [SyntaxError],
)

const TOML = [
  'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "x"\n  list = ["a", \'b\',]\n',
  '"quoted\\u0041" = """\nmany \\"""\nlines"""\n[[rows]]\na = {b = 1, c = 2026-01-01}\n',
]
const toml = parserOf(
  'TOML',
  textOf(TOML, [
    '[',
    ']',
    '[[',
    '=',
    '"',
    "'",
    '"""',
    "'''",
    '\\',
    '\n',
    '#',
    '{',
    '}',
    ',',
    'a.b',
    '0x',
    '1979-05-27',
  ]),
  (text) => {
    for (const [key, value] of tomlSettings(text))
      must(text.includes(value) && key.startsWith('['), 'a value from elsewhere')
  },
)

const HEX = 'ab'.repeat(32)
const CHECKSUMS = [`${HEX}  k3s\n${'cd'.repeat(32)} *other\n`, `SHA256 (k3s) = ${HEX}\n`, `${HEX}\n`]
const checksums = parserOf(
  'checksum lists',
  textOf(CHECKSUMS, [HEX, '  ', ' *', '\n', 'k3s', 'SHA256 (', ') = ', '#', './', 'CD'.repeat(64)]),
  (text) => {
    const { sha256 } = parseChecksums(text, { name: 'k3s', where: 'x' })
    must(sha256 === undefined || text.toLowerCase().includes(sha256.slice(7)), 'a checksum from elsewhere')
  },
)

const images = parserOf(
  'image lists',
  textOf(['docker.io/rancher/k3s:v1\nrancher/pause:3.6\n'], ['\n', '#', '/', ':', '@', 'docker.io/', ' ']),
  (text) => {
    for (const reference of parseImageList(text, 'x'))
      must(/^[\x21-\x7e]+$/.test(reference), 'an odd reference')
  },
)

const SEAL = sealOf(sampleLock)
const LOCK = JSON.stringify({ ...sampleLock, seal: SEAL })
const locks = parserOf(
  'locks',
  textOf([LOCK], ['{', '}', '[', ']', '"', ':', ',', 'null', '-1', '"seal":', '"__proto__":{"polluted":1},']),
  (text) => must(readLockText(text, 'x').seal === SEAL, 'another lock has the seal'),
)

const CLAIMS = Buffer.from('{"exp":1764304200}').toString('base64url')
const tokens = parserOf(
  'join tokens',
  textOf([`${HEX}.aaaa.${CLAIMS}.bbbb`], ['.', HEX, CLAIMS, '=', 'e30', 'bnVsbA']),
  (text) => {
    const token = parseToken(text)
    must(token === undefined || typeof token.caHash === 'string', 'a token without a hash')
  },
)

const LINES = [
  'build kubeedge --role cloud --out dist',
  'verify a.tar.gz --pubkey k.pub --json',
  'store prune --keep x',
]
const words = [
  '--',
  '-',
  '=',
  ' ',
  '--json',
  '--lang',
  'zh',
  'lock',
  '--role',
  '--role=edge',
  '--no-json',
  '--help',
  '-h',
  '--a.b',
  '--__proto__.polluted=1',
  '--constructor',
]
const commandLine = parserOf('command lines', textOf(LINES, words), async (text) => {
  const argv = text.slice(0, 2000).split(' ')
  const parsed = await parseCommandLine(builderProgram('/'), { argv, lang: 'en', columns: 80 })
  must(parsed.kind === 'text' || parsed.command.usage !== '', 'no command')
})

export const TEXT_PARSERS: readonly Parser[] = [
  ...yaml,
  ...[json, toml, checksums, images, locks, tokens, commandLine],
]
