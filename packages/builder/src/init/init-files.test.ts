import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rootCertificates } from 'node:tls'
import { type Lang, readReleaseYaml } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { hasErrors } from '../findings.ts'
import { lintRelease } from '../release/lint.ts'
import { loadRelease } from '../release/load.ts'
import { configFile } from './config-file.ts'
import { createFiles } from './create-files.ts'
import { releaseFile, SHIPPED_RELEASE } from './release-file.ts'

const LANGS: readonly Lang[] = ['en', 'zh']
const manifests = path.join(import.meta.dirname, '../../../../manifests')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-init-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What an editor does when somebody removes the `#` of every example; notes stay comments. */
const withExamples = (text: string): string => text.replace(/^#(?! \S)/gm, '')

async function linted(text: string) {
  const file = path.join(folder, 'line.yaml')
  await writeFile(file, text)
  const { release } = await loadRelease(file, { folders: [manifests] })
  return { release, findings: lintRelease(release) }
}

describe.each(LANGS)('the files of init, in %s', (lang) => {
  it('the release lints and is the shipped one but for its names', async () => {
    const { release, findings } = await linted(releaseFile('line', lang))
    expect(hasErrors(findings)).toBe(false)
    const shipped = await loadRelease(SHIPPED_RELEASE, { folders: [manifests] })
    const { name, version, archives, ...rest } = release
    expect({ ...shipped.release, ...rest }).toEqual(shipped.release)
    expect([name, version, archives.cloud]).toEqual(['line', '0.1.0', 'line-cloud-${version}-${arch}'])
  })

  it('the release lints with every example taken in', async () => {
    const { release, findings } = await linted(withExamples(releaseFile('line', lang)))
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(release.images).toHaveProperty('line-app')
    expect(release.charts).toHaveProperty('line-metrics')
    expect(release.charts).not.toHaveProperty('edgemesh-gateway')
  })

  it('the configuration sets nothing, and its examples are every key there is', async () => {
    const file = path.join(folder, 'edgelift.config.yaml')
    await writeFile(file, configFile(lang))
    const { ca: _, fileLogins, mirrorLogins, ...defaults } = await loadConfig(file)
    await writeFile(path.join(folder, 'ca.pem'), rootCertificates[0] ?? '')
    await writeFile(file, withExamples(configFile(lang)))
    const { ca, ...all } = await loadConfig(file)
    expect(ca).toHaveLength(1)
    expect(all).toMatchObject({ fileLogins, mirrorLogins })
    const keys = ['bytesPerSecond', 'fileLogins', 'mirrorLogins']
    expect(Object.keys(all).sort()).toEqual([...Object.keys(defaults), ...keys].sort())
    for (const [key, value] of Object.entries(defaults))
      if (key !== 'concurrency') expect(all[key as keyof typeof all]).not.toEqual(value)
  })
})

it('both languages write the same YAML', () => {
  for (const file of [(lang: Lang) => releaseFile('line', lang), configFile]) {
    expect(readReleaseYaml(withExamples(file('zh')))).toEqual(readReleaseYaml(withExamples(file('en'))))
  }
})

describe('createFiles', () => {
  it('names everything that is in the way, links that lead nowhere too, and writes nothing', async () => {
    const place = await mkdtemp(path.join(folder, 'taken-'))
    await writeFile(path.join(place, 'a'), 'mine')
    await symlink('nowhere', path.join(place, 'c'))
    const files = ['a', 'b', 'c'].map((name) => ({ file: path.join(place, name), text: 'new' }))
    await expect(createFiles(files)).rejects.toMatchObject({
      code: 'FILES_EXIST',
      what: { en: expect.stringMatching(/\/a, .*\/c$/) },
    })
    expect(await readdir(place)).toEqual(['a', 'c'])
    expect(await readFile(path.join(place, 'a'), 'utf8')).toBe('mine')
  })

  it('completes what a killed run has left, and refuses what is complete', async () => {
    const place = await mkdtemp(path.join(folder, 'killed-'))
    const files = ['a', 'b', 'c', 'd'].map((name) => ({ file: path.join(place, name), text: `new ${name}` }))
    await writeFile(path.join(place, 'a'), 'new a')
    await writeFile(path.join(place, 'b'), 'ne')
    await writeFile(path.join(place, 'c'), '')
    await createFiles(files)
    for (const { file, text } of files) expect(await readFile(file, 'utf8')).toBe(text)
    await expect(createFiles(files)).rejects.toMatchObject({
      code: 'FILES_EXIST',
      what: { en: expect.stringMatching(/\/a, .*\/b, .*\/c, .*\/d$/) },
    })
  })

  it('takes a file that goes on in another way, or has more in it, for a file of others', async () => {
    const place = await mkdtemp(path.join(folder, 'other-'))
    const files = ['a', 'b', 'c'].map((name) => ({ file: path.join(place, name), text: 'new' }))
    await writeFile(path.join(place, 'a'), 'ni')
    await writeFile(path.join(place, 'b'), 'new and mine')
    await expect(createFiles(files)).rejects.toMatchObject({
      code: 'FILES_EXIST',
      what: { en: expect.stringMatching(/\/a, .*\/b$/) },
    })
    expect(await readdir(place)).toEqual(['a', 'b'])
  })

  it('leaves nothing when one file cannot be created', async () => {
    const place = await mkdtemp(path.join(folder, 'broken-'))
    const files = ['a', `${'x'.repeat(300)}`].map((name) => ({ file: path.join(place, name), text: 'new' }))
    await expect(createFiles(files)).rejects.toThrow('ENAMETOOLONG')
    expect(await readdir(place)).toEqual([])
  })
})
