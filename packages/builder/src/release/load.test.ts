import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FindingsError } from '../findings.ts'
import { loadRelease, lockFileOf } from './load.ts'

const MANIFESTS = path.resolve(import.meta.dirname, '../../../../manifests')

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'release-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const BASE = `
format: edgelift/release/v1
name: base
version: 1.0.0
versions: { tool: 1.2.3 }
archives: { edge: "base-edge-\${arch}" }
files:
  tool:
    roles: [edge]
    path: bin/tool
    url: https://files.example/tool-\${tool}
    checksum: { url: "https://files.example/tool-\${tool}.sha256" }
options:
  extra: { title: { en: Extra, zh: 额外 } }
`

async function write(name: string, text: string): Promise<string> {
  const file = path.join(folder, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

async function refusal(file: string): Promise<EdgeliftError> {
  const error = await loadRelease(file, { folders: [folder, MANIFESTS] }).catch((caught: unknown) => caught)
  if (error instanceof EdgeliftError) return error
  throw new Error(`it was not refused: ${String(error)}`)
}

it('keeps the password of a URL to itself, wherever it stands and whatever the file is', async () => {
  for (const text of [
    'extends: https://me:pass-w0rd@f.example/r.yaml',
    '- https://me:pass-w0rd@f.example\nx',
  ]) {
    const error = await refusal(await write('secret.yaml', text))
    expect(JSON.stringify([error, error.what, error.because])).not.toContain('pass-w0rd')
  }
})

it('a release may come through a pipe that has no name, as <(...) gives it', async () => {
  const pipe = path.join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reading = await open(pipe, constants.O_RDWR)
  await reading.write(BASE)
  await rm(pipe)
  const loading = loadRelease(`/dev/fd/${reading.fd}`, { folders: [] })
  setTimeout(() => reading.close(), 100)
  expect((await loading).release.name).toBe('base')
})

it.each([
  ['images: { ap: null }', 'images.ap: null removes nothing', 'did you mean "app"?'],
  ['charts: { x: null }', 'charts.x: null removes nothing', ''],
])('refuses to remove what is not there: %s', async (text, words, meant) => {
  const below = path.join(folder, 'with-parts.yaml')
  const parts = 'images: { app: { reference: "a:1", roles: [edge] } }'
  await writeFile(below, `extends: kubeedge-1.22.0\n${parts}\n`)
  const file = path.join(folder, 'removes.yaml')
  await writeFile(file, `extends: with-parts.yaml\n${text}\n`)
  const { code, because } = await refusal(file)
  expect(code).toBe('RELEASE_INVALID')
  expect(because?.en).toContain(`${file}:2: ${words}`)
  expect(because?.en).toContain(meant)
  await writeFile(file, 'extends: with-parts.yaml\nname: x\nimages: { app: null }\n')
  const { release } = await loadRelease(file, { folders: [folder, MANIFESTS] })
  expect(Object.keys(release.images)).not.toContain('app')
})

it.each([
  ['in what it extends', 'extends: "a\\0b"', 2, 'extends'],
  [
    'in the values of a chart',
    'charts:\n  c: { values: { a: [{ b: "\\x00" }] } }',
    3,
    'charts.c.values.a[0].b',
  ],
  ['in a key', 'versions:\n  "a\\0": b', 2, 'versions'],
])('refuses NUL, which no path and no argument can hold: %s', async (_where, text, line, field) => {
  const file = path.join(folder, 'nul.yaml')
  await writeFile(file, `name: x\n${text}\n`)
  const { code, because } = await refusal(file)
  expect(code).toBe('RELEASE_INVALID')
  expect(because?.en).toContain(`${file}:${line}: ${field}: must not hold the control character <U+0000>`)
})

it.each([
  ['an escape sequence', '"\\e[31m"', 'U+001B'],
  ['another direction', '"\\u202e"', 'U+202E'],
  ['a carriage return', '"a\\r\\n"', 'U+000D'],
])("refuses what the archive's own manifest could not hold: %s", async (_what, text, code) => {
  const file = path.join(folder, 'acts.yaml')
  await writeFile(file, `name: x\noptions:\n  o: { title: { en: ${text}, zh: x } }\n`)
  const { because } = await refusal(file)
  expect(because?.en).toContain(
    `${file}:3: options.o.title.en: must not hold the control character <${code}>`,
  )
})

it('says that a lock is no release, and which release to give', async () => {
  const file = path.join(folder, 'line.lock.json')
  await writeFile(file, '{ "format": "edgelift/lock/v1", "seal": "x" }')
  const { code, what, fix } = await refusal(file)
  expect([code, what.en]).toEqual(['RELEASE_INVALID', `${file} is a lock file, not a release`])
  expect(fix?.en).toContain(`(${path.join(folder, 'line')})`)
})

it('tells in Chinese, with Chinese marks, where it has looked', async () => {
  const { because } = await refusal('nobody')
  expect(because?.zh).toContain(`${folder}、${MANIFESTS}`)
})

describe('releases that the builder carries', () => {
  const carried = new Map([['base.yaml', BASE]])

  it('are found by name where no folder has them, and their lock belongs into the working directory', async () => {
    const { file, release, ...found } = await loadRelease('base', { folders: [folder], carried })
    expect(release.name).toBe('base')
    expect(found).toEqual({ subject: 'base', isCarried: true })
    expect(lockFileOf(file)).toBe(path.resolve('base.lock.json'))
  })

  it('can be extended, and give way to a file of that name', async () => {
    const mine = await write('mine.yaml', 'extends: base\nversion: 2.0.0\n')
    expect((await loadRelease(mine, { folders: [], carried })).release).toMatchObject({
      name: 'base',
      version: '2.0.0',
    })
    const mistaken = await write('mistaken.yaml', 'extends: bad\n')
    const bad = new Map([['bad.yaml', BASE.replace('version:', 'vertion:')]])
    const error = await loadRelease(mistaken, { folders: [], carried: bad }).catch(
      (caught: unknown) => caught,
    )
    expect((error as EdgeliftError).because?.en).toMatch(/^bad\.yaml:\d+: vertion/m) // it lies nowhere
    await write('base.yaml', BASE.replace('1.0.0', '3.0.0'))
    expect((await loadRelease('base', { folders: [folder], carried })).release.version).toBe('3.0.0')
  })

  it('are named when none of that name is found, the refused name not among them', async () => {
    await expect(loadRelease('other', { folders: [folder], carried })).rejects.toMatchObject({
      code: 'RELEASE_NOT_FOUND',
      fix: { en: 'give a file, or the name of a release that edgelift carries: base' },
    })
  })
})

describe('finding a release', () => {
  it('takes a file, and the name of one in a folder', async () => {
    const byName = await loadRelease('kubeedge-1.22.0', { folders: [MANIFESTS] })
    const byFile = await loadRelease(path.join(MANIFESTS, 'kubeedge-1.22.0.yaml'), { folders: [] })
    expect(byName).toEqual(byFile)
    expect(lockFileOf(byName.file)).toBe(path.join(MANIFESTS, 'kubeedge-1.22.0.lock.json'))
  })

  it('says where it looked', async () => {
    const error = await refusal('nowhere')
    expect(error.code).toBe('RELEASE_NOT_FOUND')
    expect(error.exit).toBe(2)
    expect(error.because?.en).toBe(`looked in ${process.cwd()}, ${folder}, ${MANIFESTS}`)
  })

  it('says that a directory is one', async () => {
    const error = await refusal(folder)
    expect(error).toMatchObject({ code: 'RELEASE_NOT_FOUND', because: { en: `${folder} is a directory` } })
  })

  it.each([
    ['/dev/zero', 'EFBIG'],
    ['gbk.yaml', 'EILSEQ'],
  ])('refuses what is no text of a release: %s', async (name, code) => {
    await writeFile(path.join(folder, 'gbk.yaml'), Buffer.from([0x23, 0xd6, 0xd0, 0x0a]))
    const file = path.resolve(folder, name)
    await expect(loadRelease(file, { folders: [] })).rejects.toMatchObject({ code })
  })

  it('reads a release in UTF-16, as Windows writes it', async () => {
    const file = path.join(folder, 'utf16.yaml')
    await writeFile(file, Buffer.from(`\ufeff${BASE}`, 'utf16le'))
    expect((await loadRelease(file, { folders: [] })).release.name).toBe('base')
  })

  it('names the nearest releases', async () => {
    await write('factory-line.yaml', BASE)
    expect((await refusal('factory-lien')).fix?.en).toMatch(/^did you mean factory-line\?/)
    expect((await refusal('kubeedge-1.22.1')).fix?.en).toMatch(
      /^did you mean kubeedge-1\.22\.[02], kubeedge-1\.22\.[02](, kubeedge-[-.\w]+)?\? /,
    )
  })
})

describe('reading a release', () => {
  it('names line and column of broken YAML', async () => {
    const error = await refusal(await write('x.yaml', 'format: [a\nname: b\n'))
    expect(error.code).toBe('RELEASE_UNREADABLE')
    expect(error.what.en).toMatch(/x\.yaml:\d+:\d+/)
  })

  it('refuses a name that stands twice, with its line', async () => {
    const error = await refusal(await write('x.yaml', `${BASE}name: again\n`))
    expect(error.code).toBe('RELEASE_UNREADABLE')
    expect(error.what.en).toContain(`x.yaml:${BASE.split('\n').length}:1`)
    expect(error.because?.en).toContain('twice')
  })

  it.each([
    [
      'images: {a: {reference: "b:1", roles: [edge], when: {option: ~}}}',
      'images.a.when.option: must be text, but it is empty: write a value, or remove the key',
    ],
    [
      'files: {a: {url: {linux/amd64: ~}, roles: [edge], path: a}}',
      'files.a.url.linux/amd64: must be text, but it is empty: write a value, or remove the key',
    ],
    ['files: {a: {url: [x], roles: [edge], path: a}}', 'files.a.url: must be text, but it is a list'],
    [
      'files: {a: {url: x, roles: [~], path: a}}',
      'files.a.roles[0]: must be "cloud" or "edge", but it is empty: write a value, or remove the key',
    ],
    [
      'files: {a: {url: x, roles: [edge], path: a, mode: 0644}}',
      'files.a.mode: must be "0644" or "0755", but YAML reads it as 420',
    ],
    [
      'files: {a: {url: x, roles: [edge], members: {}}}',
      'files.a.members: must be a mapping with at least one member',
    ],
    [
      'settings: {sandboxImage: {clod: x}}',
      'settings.sandboxImage.clod: settings.sandboxImage has no such key; did you mean "cloud"?',
    ],
  ])('names file, line and field of %s, what it is instead, and the fix', async (text, words) => {
    const error = await refusal(await write('x.yaml', `extends: kubeedge-1.22.0\n${text}\n`))
    expect(error.because?.en).toBe(`${path.join(folder, 'x.yaml')}:2: ${words}`)
  })

  it('names file, line, field and fix of every defect at once', async () => {
    const text = BASE.replace('    path: bin/tool', '    pathh: bin/tool\n    mode: 0755').replace(
      'version: 1.0.0',
      'version: 1.0',
    )
    const error = await refusal(await write('x.yaml', text))
    expect(error.code).toBe('RELEASE_INVALID')
    const lines = error.because?.en.split('\n') ?? []
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/x\.yaml:4: version: must be text: put the value into quotes/)
    expect(error.because?.en).toMatch(
      /x\.yaml:10: files\.tool\.pathh: files\.tool has no such key; did you mean "path"\?/,
    )
    expect(error.because?.en).toMatch(/x\.yaml:11: files\.tool\.mode: must be "0644" or "0755"/)
    expect((error as FindingsError).toJSON().findings).toHaveLength(3)
  })

  it('names the form that was meant where several are allowed', async () => {
    const error = await refusal(await write('x.yaml', BASE.replace('checksum: { url:', 'checksum: { uri:')))
    expect(error.because?.en).toContain('files.tool.checksum')
    expect(error.because?.en).toContain('"url"')
  })

  it('names the lines of a hundred thousand defects without reading the text for each of them', async () => {
    const keys = Array.from({ length: 100_000 }, (_, at) => `wrong${at}: 1\n`).join('')
    const error = await loadRelease(await write('x.yaml', BASE + keys), { folders: [] }).catch(
      (caught: unknown) => caught as FindingsError,
    )
    expect(error).toMatchObject({ code: 'RELEASE_INVALID' })
    expect((error as FindingsError).findings.at(-1)?.where).toMatch(/x\.yaml:100014 wrong99999$/)
  })

  it.each([
    ['version: ../../x', 'version: must be a version: at most 100 letters'],
    ['version: "1\\n2"', 'version: must be a version'],
    [
      'charts: { c: { values: { a: [12345678901234567890] } } }',
      'values: must be values with whole numbers below 2^53',
    ],
  ])('refuses %s', async (changed, words) => {
    const file = await write('x.yaml', `extends: base.yaml\n${changed}\n`)
    await write('base.yaml', BASE)
    const error = await loadRelease(file, { folders: [] }).catch((caught: unknown) => caught as EdgeliftError)
    expect((error as EdgeliftError).because?.en).toContain(words)
  })

  it('says what is missing', async () => {
    const error = await refusal(await write('x.yaml', 'format: edgelift/release/v1\n'))
    expect(error.because?.en).toMatch(/name: is missing/)
  })
})

describe('extends', () => {
  it('merges maps, replaces lists and checksums, removes what is null', async () => {
    await write('base.yaml', BASE)
    const child = await write(
      'apps/child.yaml',
      `extends: ../base.yaml
name: child
options: { extra: null }
files:
  tool: { roles: [edge, cloud], checksum: { sha256: ${'a'.repeat(64)} } }
archives: { cloud: "child-cloud-\${arch}" }
`,
    )
    const { release } = await loadRelease(child, { folders: [] })
    expect(release.name).toBe('child')
    expect(release.version).toBe('1.0.0')
    expect(release.options).toEqual({})
    expect(release.files.tool?.roles).toEqual(['edge', 'cloud'])
    expect(release.files.tool?.checksum).toEqual({ sha256: 'a'.repeat(64) })
    expect(release.files.tool?.path).toBe('bin/tool')
    expect(Object.keys(release.archives).sort()).toEqual(['cloud', 'edge'])
  })

  it('follows the name of a shipped release', async () => {
    const file = await write('x.yaml', 'extends: kubeedge-1.22.0\nimages:\n  pause: null\n')
    const { release } = await loadRelease(file, { folders: [MANIFESTS] })
    expect(release.images.pause).toBeUndefined()
    expect(release.images.cloudcore).toBeDefined()
  })

  it('names the file of the chain in which the defect stands', async () => {
    await write('base.yaml', BASE.replace('roles: [edge]', 'roles: [moon]'))
    const error = await refusal(await write('child.yaml', 'extends: base.yaml\nnamee: x\n'))
    expect(error.because?.en).toMatch(/base\.yaml:9: files\.tool\.roles\[0\]: must be "cloud" or "edge"/)
    expect(error.because?.en).toMatch(/child\.yaml:2: namee: .*"name"/)
  })

  it('refuses a circle and a base that is not there', async () => {
    await write('a.yaml', 'extends: b.yaml\n')
    await write('b.yaml', 'extends: a.yaml\n')
    const circle = await refusal(path.join(folder, 'a.yaml'))
    expect(circle.code).toBe('RELEASE_EXTENDS')
    expect(circle.because?.en).toMatch(/a\.yaml -> .*b\.yaml -> .*a\.yaml/)
    const missing = await refusal(await write('c.yaml', 'extends: gone\n'))
    expect(missing.code).toBe('RELEASE_EXTENDS')
    await write('kube-1.22.0.yaml', BASE)
    const near = await refusal(await write('d.yaml', 'extends: kube-1.22\n'))
    expect(near.fix?.en).toMatch(/^did you mean kube-1\.22\.0.*\(a path is relative to .*d\.yaml\)$/)
    expect(missing.what.en).toContain('c.yaml:1')
    const url = await refusal(await write('d.yaml', 'extends: https://h.example/r.yaml\n'))
    expect(url.because?.en).toBe('a release is a file here, not a URL: download it')
  })
})
