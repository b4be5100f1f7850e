import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeCommand } from './complete.ts'

const RECIPE = {
  ...{ format: 'edgelift/delta/v1', name: 'site-2', base: { name: 'site', version: '1' }, files: [] },
}

let folder: string
const at = (...names: string[]): string => path.join(folder, ...names)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-complete-'))
  await mkdir(at('delta'))
  await writeFile(at('delta/delta.json'), JSON.stringify(RECIPE))
  await writeFile(at('site-1.tar.gz'), 'no archive')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function complete(signal = new AbortController().signal) {
  const output = { write: () => true }
  return completeCommand(
    { base: [at('site-1.tar.gz')], into: at('into') },
    {
      ...{
        lang: 'en' as const,
        env: { EDGELIFT_DIRECTORY: at('delta') },
        json: false,
        quiet: false,
        verbose: false,
      },
      ...{ report: () => {}, pause: () => () => {}, signal, streams: { stdout: output, stderr: output } },
    },
  )
}

describe('what ./edgelift complete unpacks of a base', () => {
  it('is gone after an error: the next run may be given another archive of the same name', async () => {
    await expect(complete()).rejects.toMatchObject({ code: 'DELTA_BASE_INVALID' })
    expect(await readdir(at('into'))).toEqual([])
  })

  it('is kept by a run that is interrupted', async () => {
    await expect(complete(AbortSignal.abort())).rejects.toThrow()
    expect(await readdir(at('into'))).toEqual(['site-2.base'])
  })

  it('is neither put through a link nor removed there', async () => {
    await mkdir(at('victim/0'), { recursive: true })
    await mkdir(at('into'))
    await symlink(at('victim'), at('into/site-2.base'))
    await expect(complete()).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' })
    expect([await readdir(at('into')), await readdir(at('victim'))]).toEqual([['site-2.base'], ['0']])
  })
})
