import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { readImageTar } from '@edgelift/oci'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crane } from '../bench/peers.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const VERSION = '0.1.0'
const IMAGE = `edgelift-${VERSION}-image-amd64.tar`

let work: string
let upstream: Upstream
const at = (...parts: string[]): string => path.join(work, ...parts)
const release = (...args: string[]) =>
  exec(path.join(repositoryRoot, 'scripts/release'), args, { cwd: work, timeout: 250_000 })
const make = (out: string, store: string) =>
  release(
    ...['--unreleased', '--out', at(out), '--store', at(store), '--config', at('config.yaml')],
    ...['--sign', at('release.key')],
  )

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-release-'))
  upstream = await startUpstream({ content: await releaseContent({ note: () => {} }) })
  await writeFile(at('config.yaml'), upstream.config)
  await mustExec(exec, process.execPath, [path.join(repositoryRoot, 'scripts/bundle.mjs')])
  await mustExec(exec, process.execPath, [
    path.join(repositoryRoot, 'dist/edgelift.mjs'),
    'keygen',
    at('release.key'),
  ])
  const made = await make('first', 'store')
  expect(made.code, made.stderr).toBe(0)
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

describe('scripts/release', () => {
  it('--dry-run names every file that a release makes, and writes none', async () => {
    const { code, stdout } = await release('--dry-run', '--out', at('dry'), '--sign', at('release.key'))
    expect([code, stdout]).toEqual([0, expect.stringContaining(`edgelift ${VERSION} (`)])
    const named = [...stdout.matchAll(/^ {2}(\S+)$/gm)].map(([, file = '']) => path.basename(file))
    expect(named.sort()).toEqual((await readdir(at('first'))).sort())
    await expect(readdir(at('dry'))).rejects.toThrow('ENOENT')
  })

  it('refuses a version that the changelog calls unreleased', async () => {
    const changelog = await readFile(path.join(repositoryRoot, 'CHANGELOG.md'), 'utf8')
    const isReleased = changelog.includes(`## ${VERSION} - 20`)
    const { code, stderr } = await release('--out', at('early'), '--base', 'none.example/none:1')
    expect(code).toBe(1)
    expect(stderr).toContain(isReleased ? 'none.example' : 'unreleased')
  })

  it('makes the same bytes again, with another store', async () => {
    expect(await make('second', 'other store')).toMatchObject({ code: 0 })
    for (const name of ['SHA256SUMS', 'SHA256SUMS.minisig'])
      expect(await readFile(at('second', name), 'utf8')).toBe(await readFile(at('first', name), 'utf8'))
  })

  it('lists and signs all files for the tools that everybody has', async () => {
    const sums = await mustExec(exec, 'sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: at('first') })
    const listed = sums
      .trim()
      .split('\n')
      .map((line) => line.replace(/: OK$/, ''))
    const others = (await readdir(at('first'))).filter((name) => !name.startsWith('SHA256SUMS'))
    expect(listed.sort()).toEqual(others.sort())
    await mustExec(exec, 'minisign', ['-V', '-p', at('release.key.pub'), '-m', 'SHA256SUMS'], {
      cwd: at('first'),
    })
  })

  it('packs the files into the npm tarball that npm itself packs', async () => {
    const json = await mustExec(exec, 'npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: repositoryRoot,
    })
    const [packed] = JSON.parse(json) as [{ files: { path: string; mode: number }[] }]
    const tarball = at('first', `edgelift-${VERSION}.tgz`)
    const names = (await mustExec(exec, 'tar', ['-tzf', tarball])).trim().split('\n')
    expect(names.sort()).toEqual(packed.files.map(({ path: file }) => `package/${file}`).sort())
    await mkdir(at('app'))
    await mustExec(exec, 'npm', ['install', '--offline', '--cache', at('cache'), tarball], { cwd: at('app') })
    expect(await mustExec(exec, 'node_modules/.bin/edgelift', ['--version'], { cwd: at('app') })).toBe(
      `${VERSION}\n`,
    )
  })
})

describe('the container image', () => {
  it('is sound for crane, skopeo and our own reader', async () => {
    const file = at('first', IMAGE)
    await mustExec(exec, await crane(), ['validate', '--tarball', file])
    const shown = JSON.parse(await mustExec(exec, 'skopeo', ['inspect', `oci-archive:${file}`]))
    expect(shown).toMatchObject({
      Architecture: 'amd64',
      Labels: { 'org.opencontainers.image.version': VERSION },
    })
    const content = await readImageTar(createReadStream(file), file)
    expect(content.names).toEqual([`docker.io/edgelift/edgelift:${VERSION}`])
    const arm = JSON.parse(
      await mustExec(exec, 'skopeo', ['inspect', `oci-archive:${file.replace('amd64', 'arm64')}`]),
    )
    expect(arm).toMatchObject({ Architecture: 'arm64' })
  })

  it('runs the builder on the Node.js of its base', async () => {
    await mustExec(exec, 'skopeo', [
      'copy',
      '-q',
      `oci-archive:${at('first', IMAGE)}`,
      `oci:${at('layout')}:it`,
    ])
    await mustExec(exec, 'umoci', ['unpack', '--image', `${at('layout')}:it`, at('bundle')])
    const root = at('bundle', 'rootfs')
    expect(await readFile(path.join(root, 'usr/local/bin/edgelift'), 'utf8')).toContain(
      'exec node /usr/local/lib/edgelift/edgelift.mjs',
    )
    const program = [
      '/usr/local/bin/node',
      '/usr/local/lib/edgelift/edgelift.mjs',
      'lint',
      'kubeedge-1.22.0',
      '--json',
    ]
    const linted = await mustExec(exec, 'chroot', [root, ...program])
    expect(JSON.parse(linted)).toHaveProperty('findings')
  })
})
