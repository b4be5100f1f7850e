import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRelease } from './find-release.ts'

const CARRIED = new Map([
  ['kubeedge-1.22.0.yaml', 'carried 1.22.0'],
  ['kubeedge-1.22.2.yaml', 'carried 1.22.2'],
])

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'edgelift-find-')))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (...names: string[]) => path.join(folder, ...names)
async function put(...names: string[]): Promise<string> {
  await mkdir(path.dirname(at(...names)), { recursive: true })
  await writeFile(at(...names), `text of ${names.join('/')}`)
  return at(...names)
}
const find = (name: string, folders: readonly (string | undefined)[] = [undefined], carried = CARRIED) =>
  findRelease(name, folders, { folders: [], carried })
async function refusal(...given: Parameters<typeof find>): Promise<EdgeliftError> {
  const error = await find(...given).catch((caught: unknown) => caught)
  if (error instanceof EdgeliftError) return error
  throw new Error(`it was found: ${JSON.stringify(error)}`)
}

describe('a release is found', () => {
  it('by the path of its file, which errors name as it was given', async () => {
    const file = await put('mine', 'line.yaml')
    expect(await find(file)).toEqual({
      file,
      subject: file,
      isCarried: false,
      identity: file,
      text: 'text of mine/line.yaml',
    })
  })

  it.each(['line.yaml', 'line.yml', 'line'])('by its name alone: %s', async (file) => {
    await put('manifests', file)
    expect(await find('line', [at('manifests')])).toMatchObject({ text: `text of manifests/${file}` })
  })

  it('by its whole name only, where an ending is given', async () => {
    await put('manifests', 'line.yaml')
    expect((await refusal('line.yml', [at('manifests')])).code).toBe('RELEASE_NOT_FOUND')
    await put('manifests', 'line.json')
    expect(await find('line.json', [at('manifests')])).toMatchObject({ text: 'text of manifests/line.json' })
  })

  it('in the first folder that has it, and before those that edgelift carries', async () => {
    await put('b', 'kubeedge-1.22.0.yaml')
    const folders = [at('a'), at('b')]
    expect(await find('kubeedge-1.22.0', folders)).toMatchObject({ file: at('b', 'kubeedge-1.22.0.yaml') })
    await put('a', 'kubeedge-1.22.0.yml')
    expect(await find('kubeedge-1.22.0', folders)).toMatchObject({ file: at('a', 'kubeedge-1.22.0.yml') })
  })

  it('among those that edgelift carries, by name, as if its file lay here', async () => {
    expect(await find('kubeedge-1.22.2', [at('nowhere')])).toEqual({
      file: path.resolve('kubeedge-1.22.2.yaml'),
      subject: 'kubeedge-1.22.2',
      isCarried: true,
      identity: 'kubeedge-1.22.2.yaml',
      text: 'carried 1.22.2',
    })
  })

  it('to be one and the same through a link: a release that extends itself is seen by that', async () => {
    const file = await put('line.yaml')
    await symlink(file, at('other.yaml'))
    expect((await find(at('other.yaml'))).identity).toBe((await find(file)).identity)
  })
})

describe('a release that is not found', () => {
  it('is told with the places where it was looked for', async () => {
    const { code, what, because } = await refusal('line', [at('a'), at('b')])
    expect([code, what.en, what.zh]).toEqual([
      'RELEASE_NOT_FOUND',
      'there is no release "line"',
      '找不到发布 "line"',
    ])
    expect(because?.en).toBe(`looked in ${at('a')}, ${at('b')} and among the releases that edgelift carries`)
    expect(because?.zh).toBe(`查找位置：${at('a')}、${at('b')}，以及 edgelift 内置的发布`)
  })

  it('is told with the names that are near, never with itself, and with three at most', async () => {
    for (const minor of [3, 4, 5]) await put('manifests', `kubeedge-1.22.${minor}.yaml`)
    const { fix } = await refusal('kubeedge-1.22.1', [at('manifests')])
    const [, names = ''] = /did you mean (.*)\? /.exec(fix?.en ?? '') ?? []
    const meant = names.split(', ')
    expect(meant).toHaveLength(3)
    expect(meant).not.toContain('kubeedge-1.22.1')
    for (const name of meant) expect((await find(name, [at('manifests')])).text).not.toBe('')
  })

  it('is told with all that edgelift carries, where none is near', async () => {
    const { fix } = await refusal('something-else', [at('a')])
    expect(fix?.en).toMatch(/: kubeedge-1\.22\.0, kubeedge-1\.22\.2$/)
    expect(fix?.zh).toMatch(/：kubeedge-1\.22\.0、kubeedge-1\.22\.2$/)
  })

  it('may be a directory, which is said', async () => {
    await mkdir(at('line'))
    expect((await refusal(at('line'))).because?.en).toBe(`${at('line')} is a directory`)
  })

  it('by a builder that carries none is asked for by its file', async () => {
    expect((await refusal('line', [at('a')], new Map())).fix?.en).toBe("give the release's file")
  })

  it('is no file that cannot be read: that is told by itself', async () => {
    await symlink(at('loop.yaml'), at('loop.yaml'))
    const error = await find(at('loop.yaml')).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: expect.not.stringMatching('RELEASE_NOT_FOUND') })
  })
})
