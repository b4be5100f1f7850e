import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runProgram } from '@edgelift/core/cli'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { builderProgram } from './program.ts'

const RELEASE = path.resolve('manifests/kubeedge-1.22.0.yaml')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-arguments-'))
  await Promise.all(
    ['dir', 'dir.json', 'release.yaml', 'edgelift.config.yaml'].map((name) => mkdir(path.join(folder, name))),
  )
  await writeFile(path.join(folder, 'file'), 'x')
  await writeFile(path.join(folder, 'ca.yaml'), 'caFiles: [dir]\n')
})
afterAll(() => rm(folder, { recursive: true }))

async function errorOf(line: string): Promise<{ code: string; cause: string }> {
  let out = ''
  const argv = line.split(' ').map((word) => word.replace(/^@/, `${folder}/`))
  await runProgram(builderProgram(folder), {
    argv: [...argv, '--json'],
    env: { HOME: folder, LANG: 'C' },
    streams: { stdout: { write: (text) => (out += text) }, stderr: { write: () => true } },
  })
  return JSON.parse(out).error
}

it.each([
  ['verify @file --pubkey @dir', 'FILE_UNUSABLE'],
  ['inspect @file --pubkey @dir', 'FILE_UNUSABLE'],
  [`lock ${RELEASE} --config @dir`, 'CONFIG_INVALID'],
  [`lock ${RELEASE} --config @ca.yaml`, 'CONFIG_INVALID'],
  ['diff @dir.json @dir', 'NOT_A_BUNDLE'],
  ['diff @file @dir', 'NOT_A_BUNDLE'],
  ['verify @dir', 'NOT_A_BUNDLE'],
  ['lint @dir', 'RELEASE_NOT_FOUND'],
  ['lint @release.yaml', 'RELEASE_NOT_FOUND'],
  ['store ls --store @file', 'STORE_UNUSABLE'],
  // What cannot be written is told before what is to be read is missing.
  ['inspect @none --report @dir', 'FILE_NOT_REGULAR'],
  ['inspect @none --report /dev/null', 'FILE_NOT_REGULAR'],
  ['inspect @none --report @none/report.html', 'FILE_UNUSABLE'],
  ['inspect @file --report @file', 'OUTPUT_IS_INPUT'],
  ['diff @none @none --report @file/report.html', 'FILE_UNUSABLE'],
  ['diff @dir @file --report @dir/report.html', 'OUTPUT_IS_INPUT'],
  ['store export @dir --store @store', 'FILE_NOT_REGULAR'],
  ['store export /dev/stdout --store @store', 'FILE_NOT_REGULAR'],
  ['store export @store/store.tar --store @store', 'OUTPUT_IS_INPUT'],
  ['store export @none/store.tar --store @store', 'FILE_UNUSABLE'],
])(
  "says what is wrong with a directory in a file's place, or a file in a directory's: %s",
  async (line, code) => {
    expect(await errorOf(line)).toMatchObject({ code, cause: expect.not.stringContaining('bug in edgelift') })
  },
)

const HAN = /[\u4e00-\u9fff]/

it.each([
  ['lint ', '<release>: must not be empty'],
  ['lock x --store ', '--store: must not be empty'],
  ['verify x --store=', '--store: must not be empty'],
  ['lint x --config=', '--config: must not be empty'],
  ['build x --role clod', '--role: must be one of cloud, edge'],
  ['build x --platform amd64', '--platform: must be one of linux/amd64, linux/arm64'],
  ['build x --split 4XB', '--split: must be a size'],
  ['build x --only-delta', '--only-delta needs --since'],
  ['inspect x --images --files', 'exclude each other'],
  ['init ', '<dir>: must not be empty'],
  ['store export', 'need a FILE'],
  ['store export -', '-: standard input and output are not used here'],
  ['verify -', 'that of a file of this name is ./-'],
  ['inspect x --report -', '-: standard input and output are not used here'],
  ['build x --out=-', '-: standard input and output are not used here'],
  ['store prune --older-than -5d', '--older-than: must be a number of days'],
  ['store verify --dry-run', '--dry-run: only store prune takes this option'],
  ['store ls --keep x', '--keep: only store prune takes this option'],
  ['store prune --release x', '--release: only store export takes this option'],
])('an argument that makes no sense is a usage error in both languages: %s', async (line, words) => {
  const told = async (lang: string): Promise<{ exit: number; err: string }> => {
    let err = ''
    const exit = await runProgram(builderProgram(folder), {
      argv: line.split(' '),
      env: { HOME: folder, EDGELIFT_LANG: lang },
      streams: { stdout: { write: () => true }, stderr: { write: (text) => (err += text) } },
    })
    return { exit, err }
  }
  const [english, chinese] = [await told('en'), await told('zh')]
  expect(english).toMatchObject({ exit: 2, err: expect.stringContaining('error[USAGE]: ') })
  expect(english.err).toContain(words)
  expect(english.err).toMatch(/^fix: /m)
  expect(chinese.exit).toBe(2)
  expect(chinese.err).toMatch(HAN)
})

it.each(['en', 'zh'])(
  'shows no empty list as the default of a list, and no blank behind a Chinese colon: %s',
  async (lang) => {
    let help = ''
    await runProgram(builderProgram(folder), {
      argv: ['verify', '--help', '--lang', lang],
      env: { LANG: 'C' },
      streams: { stdout: { write: (text) => (help += text) }, stderr: { write: () => true } },
    })
    expect(help).toMatch(lang === 'zh' ? /\[必填\]$/m : /\[required\]$/m)
    expect(help).not.toMatch(/\[\]|： /)
  },
)

it.each([
  ['version', '--version'],
  ['sbom', 'inspect --sbom'],
  ['Prune', 'store prune'],
])('knows what others call a command: %s', async (word, meant) => {
  let err = ''
  await runProgram(builderProgram(folder), {
    argv: [word],
    env: { LANG: 'C' },
    streams: { stdout: { write: () => true }, stderr: { write: (text) => (err += text) } },
  })
  expect(err).toContain(`fix: did you mean ${meant}? See edgelift --help`)
})
