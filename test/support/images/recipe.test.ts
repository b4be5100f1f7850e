import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ImageRecipe, writeDockerArchive } from './recipe.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recipe-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function recipe(): Promise<ImageRecipe> {
  const program = path.join(folder, 'program')
  await writeFile(program, 'x'.repeat(700))
  return {
    reference: 'docker.io/example/thing:v1',
    platform: 'linux/arm64',
    entrypoint: ['/usr/bin/thing'],
    files: [
      { path: '/usr/bin/thing', mode: 0o755, source: program },
      { path: '/etc/thing.conf', mode: 0o600, source: Buffer.from('a = 1\n') },
    ],
    symlinks: { '/bin/thing': '/usr/bin/thing' },
  }
}

describe('a docker archive of a recipe', () => {
  it('names the image in full, its platform and its one layer', async () => {
    const file = path.join(folder, 'out.tar')
    await writeDockerArchive(await recipe(), file)
    const tar = (name: string): Buffer => execFileSync('tar', ['-xOf', file, name])
    const [manifest] = JSON.parse(tar('manifest.json').toString())
    expect(manifest.RepoTags).toEqual(['docker.io/example/thing:v1'])
    const config = JSON.parse(tar(manifest.Config).toString())
    expect(config).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      config: { Entrypoint: ['/usr/bin/thing'] },
    })
    expect(config.rootfs.diff_ids).toEqual([`sha256:${manifest.Layers[0].split('/')[0]}`])
    const layer = path.join(folder, 'layer.tar')
    await writeFile(layer, tar(manifest.Layers[0]))
    const listing = execFileSync('tar', ['-tvf', layer]).toString()
    expect(listing).toMatch(/-rwxr-xr-x 0\/0\s+700 .* usr\/bin\/thing\n/)
    expect(listing).toMatch(/-rw------- 0\/0\s+6 .* etc\/thing.conf\n/)
    expect(listing).toContain('bin/thing -> /usr/bin/thing')
  })

  it('has the same bytes when it is written again', async () => {
    const [one, two] = [path.join(folder, '1.tar'), path.join(folder, '2.tar')]
    await writeDockerArchive(await recipe(), one)
    await writeDockerArchive(await recipe(), two)
    expect(await readFile(one)).toEqual(await readFile(two))
  })
})
