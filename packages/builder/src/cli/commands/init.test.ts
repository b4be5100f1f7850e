import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config.ts'
import { SHIPPED_RELEASE } from '../../init/release-file.ts'
import { initCommand } from './init.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-init-'))
})
afterEach(() => rm(folder, { recursive: true }))

const context = { env: {}, lang: 'en' } as unknown as CommandContext
const init = async (name: string, more: Record<string, unknown> = {}) => {
  const { document } = await initCommand({ dir: path.join(folder, name), ...more }, context)
  return document as { name: string; release: string; config: string; files: string[]; next: string[] }
}

describe('the folder’s name', () => {
  it.each([
    ['Site A', 'site-a'],
    ['plant.north', 'plant.north'],
    ['-.x.-', 'x'],
    ['工厂', 'my-release'],
  ])('%s gives a name that a release may have: %s', async (given, name) => {
    const { release } = await init(given)
    expect(path.basename(release)).toBe(`${name}.yaml`)
    expect(await readFile(release, 'utf8')).toContain(`name: ${name}\n`)
  })

  it.each(['site.yaml', 'site.YML'])('%s is taken for a slip', async (given) => {
    await expect(init(given)).rejects.toMatchObject({ code: 'USAGE', exit: 2 })
  })

  it('is none that the release would extend itself by', async () => {
    await expect(init(SHIPPED_RELEASE)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await readdir(folder)).toEqual([])
  })
})

it('writes a configuration that changes nothing until somebody edits it', async () => {
  const { config } = await init('site')
  const { ca: _ca, ...own } = await loadConfig(config)
  await writeFile(path.join(folder, 'empty.yaml'), '{}\n')
  const { ca: _none, ...plain } = await loadConfig(path.join(folder, 'empty.yaml'))
  expect(own).toEqual(plain)
})

it.each([
  [
    'en',
    'Next:',
    ...[/: your release, based on /, /: mirrors, CA files, bandwidth$/, /gitlab-ci\.yml: CI file$/],
    /\.gitignore: keeps the secret key out of git$/,
  ],
  [
    'zh',
    '接下来：',
    ...[/：发布清单，基于 /, /：镜像站、CA 与带宽$/, /gitlab-ci\.yml：CI 文件$/],
    /\.gitignore：避免将私钥提交到 git$/,
  ],
] as const)('says what each file is for, and what comes next: %s', async (lang, then, ...words) => {
  const { text, document } = await initCommand({ dir: path.join(folder, 'site'), ci: 'gitlab' }, context)
  const lines = text(lang, paintFor({ write: () => {} }, {})).split('\n')
  for (const [at, line] of words.entries()) expect(lines[at]).toMatch(line)
  const { next } = document as { next: string[] }
  expect(lines.slice(words.length)).toEqual([then, ...next.map((line) => `  ${line}`)])
})

it('leaves every file alone when one is there already', async () => {
  await mkdir(path.join(folder, 'site'))
  const theirs = path.join(folder, 'site/edgelift.config.yaml')
  await writeFile(theirs, 'concurrency: 1\n')
  await expect(init('site')).rejects.toThrow()
  expect(await readdir(path.join(folder, 'site'))).toEqual(['edgelift.config.yaml'])
  expect(await readFile(theirs, 'utf8')).toBe('concurrency: 1\n')
})

it.each(['gitlab', 'github', 'jenkins'])(
  'adds a CI file of %s that locks and builds this release',
  async (ci) => {
    const { files } = await init('site', { ci })
    expect(files.map((file) => path.basename(file))[3]).toBe('.gitignore')
    expect(await readFile(files[2] ?? '', 'utf8')).toContain('site.yaml')
  },
)

it('says the commands that come next, from where it was run', async () => {
  const { next } = await init("o'hare")
  expect(next[0]).toBe(`cd '${path.join(folder, "o'\\''hare")}'`)
  expect(next.slice(1).map((line) => line.split(' ').slice(-2).join(' '))).toEqual([
    'lint o-hare.yaml',
    'lock o-hare.yaml',
    'build o-hare.yaml',
  ])
})

it('leaves a .gitignore of the repository as it is, and says what it lacks', async () => {
  await writeFile(path.join(folder, '.gitignore'), 'node_modules\n')
  const { text, document } = await initCommand({ dir: folder, ci: 'github' }, context)
  expect(await readFile(path.join(folder, '.gitignore'), 'utf8')).toBe('node_modules\n')
  expect((document as { files: string[] }).files.map((file) => path.basename(file))).not.toContain(
    '.gitignore',
  )
  expect(text('en', paintFor({ write: () => {} }, {}))).toContain(
    '.gitignore is yours: have it name *.key /dist/',
  )
  await expect(initCommand({ dir: folder, ci: 'github' }, context), 'again').rejects.toMatchObject({
    code: 'FILES_EXIST',
  })
})
