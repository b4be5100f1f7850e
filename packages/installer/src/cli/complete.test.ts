import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { takeLock } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeCommand } from './complete.ts'

const RECIPE = {
  ...{ format: 'edgelift/delta/v1', name: 'site-2', base: { name: 'site', version: '1' }, files: [] },
}
const MANIFEST: BundleManifest = {
  ...{ format: 'edgelift/bundle/v1', name: 'site-2', role: 'edge', platform: 'linux/amd64' },
  ...{ release: { name: 'site', version: '2' }, lock: 'sha256:0', edgelift: '0', versions: {} },
  ...{ packed: { size: 0, sha256: '0'.repeat(64) }, files: [], images: [], charts: [], options: [] },
  ...{ settings: { sandboxImage: '', testImage: '', k3sDisable: [] }, placeholders: [] },
}

let folder: string
const at = (...names: string[]): string => path.join(folder, ...names)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-complete-'))
  await mkdir(at('delta'))
  await writeFile(at('delta/delta.json'), JSON.stringify(RECIPE))
  await writeFile(at('delta/manifest.json'), JSON.stringify(MANIFEST))
  await writeFile(at('site-1.tar.gz'), 'no archive')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function complete(
  signal = new AbortController().signal,
  base: readonly string[] = [at('site-1.tar.gz')],
  more = {},
) {
  const output = { write: () => true }
  return completeCommand(
    { base, into: at('into'), ...more },
    {
      ...{
        lang: 'en' as const,
        env: { EDGELIFT_DIRECTORY: at('delta') },
        json: false,
        typed: './edgelift',
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

it('./edgelift complete without a base says how to name one, and makes nothing', async () => {
  const error = await complete(undefined, []).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    exit: 2,
    what: { en: expect.stringContaining('--base'), zh: expect.stringContaining('--base') },
  })
  await expect(readdir(at('into'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('./edgelift complete leaves alone what another one is completing', async () => {
  await mkdir(at('into/site-2.base/0'), { recursive: true })
  await using _other = await takeLock(at('into/site-2.lock'))
  await expect(complete()).rejects.toMatchObject({ code: 'LOCKED' })
  expect(await readdir(at('into/site-2.base'))).toEqual(['0'])
})

it('./edgelift complete leaves alone what is in the place of the full archive', async () => {
  await mkdir(at('into/site-2'), { recursive: true })
  await writeFile(at('into/site-2/notes.txt'), 'the operator’s')
  await expect(complete()).rejects.toMatchObject({ what: { en: expect.stringContaining(at('into/site-2')) } })
  expect(await readdir(at('into/site-2'))).toEqual(['notes.txt'])
})

describe('./edgelift complete --archive', () => {
  const NOTHING = { size: 0, sha256: createHash('sha256').digest('hex') }
  const withArchive = (base: string) => complete(undefined, [base], { archive: true })

  /** A release that holds nothing but its records, and the directory of the one before it. */
  async function layRelease(): Promise<string> {
    const manifest = `${JSON.stringify({ ...MANIFEST, packed: NOTHING }, null, 2)}\n`
    const sum = createHash('sha256').update(manifest).digest('hex')
    await writeFile(at('delta/manifest.json'), manifest)
    await writeFile(at('delta/SHA256SUMS'), `${sum}  manifest.json\n`)
    await mkdir(at('site-1'))
    await writeFile(at('site-1/manifest.json'), JSON.stringify({ ...MANIFEST, name: 'site-1' }))
    return at('site-1')
  }

  it('writes the archive of what an earlier run has completed without it, and needs no base for that', async () => {
    const base = await layRelease()
    await withArchive(base)
    const whole = await readFile(at('into/site-2.tar.gz'))
    await rm(at('into'), { recursive: true })
    await complete(undefined, [base])
    expect(await readdir(at('into'))).toEqual(['site-2'])
    await mkdir(at('into/site-2.base/0'), { recursive: true }) // by a run that was killed at its end
    const { document } = await withArchive(at('site-1.tar.gz')) // which is none
    expect(document).toMatchObject({ directory: at('into/site-2'), archive: at('into/site-2.tar.gz') })
    expect(await readFile(at('into/site-2.tar.gz'))).toEqual(whole)
    expect((await readdir(at('into'))).sort()).toEqual(['site-2', 'site-2.tar.gz'])
  })

  it.each([
    ['is of another release', 'manifest.json', JSON.stringify({ ...MANIFEST, lock: 'sha256:1' })],
    ['was added to', 'added.txt', 'x'],
  ])('writes none of a directory that %s, and leaves it as it is', async (_name, file, text) => {
    const base = await layRelease()
    await complete(undefined, [base])
    await writeFile(at('into/site-2', file), text)
    await expect(withArchive(base)).rejects.toMatchObject({ code: 'DELTA_DONE' })
    expect(await readFile(at('into/site-2', file), 'utf8')).toBe(text)
    expect(await readdir(at('into'))).toEqual(['site-2'])
  })

  it('writes none of a directory that no archive was unpacked to', async () => {
    const base = await layRelease()
    await mkdir(at('into/site-2'), { recursive: true })
    await expect(withArchive(base)).rejects.toMatchObject({ code: 'DELTA_DONE' })
    expect(await readdir(at('into/site-2'))).toEqual([])
  })
})
