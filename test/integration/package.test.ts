import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chartOverrides, releaseCharts } from '../support/upstream/charts.ts'
import { npmProgram } from '../support/upstream/npm-programs.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

let work: string
let app: string
let upstream: Upstream
/** The tarball is all that a user has: it is installed without network into an empty folder. */
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-package-'))
  app = path.join(work, 'app')
  await mkdir(app)
  upstream = await startUpstream({ content: await releaseContent({ note: () => {} }) })
  await mustExec(exec, 'npm', ['pack', '--pack-destination', work], { cwd: repositoryRoot })
  const [tarball = ''] = (await readdir(work)).filter((name) => name.endsWith('.tgz'))
  const cache = path.join(work, 'empty cache')
  await mustExec(exec, 'npm', ['install', '--offline', '--cache', cache, path.join(work, tarball)], {
    cwd: app,
  })
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

const bin = (): string => path.join(app, 'node_modules/.bin/edgelift')

describe('the npm package', () => {
  it('holds the builder, its types and the licences of what is in it, and needs no other package', async () => {
    const folder = path.join(app, 'node_modules/edgelift')
    const files = await readdir(folder, { recursive: true })
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'docs/man/edgelift.1']),
    )
    expect(files.filter((file) => /\.(ts|mjs|txt)$/.test(file)).sort()).toEqual(
      ['THIRD-PARTY-LICENSES.txt', 'builder.mjs', 'edgelift.mjs', 'index.d.ts', 'index.mjs'].map(
        (name) => `dist/package/${name}`,
      ),
    )
    const json = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
    expect(json).toMatchObject({
      publishConfig: { provenance: true, access: 'public' },
      repository: { type: 'git' },
      license: 'Apache-2.0',
    })
    expect(json).not.toHaveProperty('dependencies')
    const notices = await readFile(path.join(folder, 'dist/package/THIRD-PARTY-LICENSES.txt'), 'utf8')
    expect(notices).toMatch(/^undici [\d.]+: MIT$/m)
    expect((await readdir(path.join(app, 'node_modules'))).sort()).toEqual([
      '.bin',
      '.package-lock.json',
      'edgelift',
    ])
  })

  it.each(['node', 'node-22', 'node-26', 'this'])('runs from its bin on %s', async (name) => {
    const node = name === 'this' ? process.execPath : await npmProgram(name, 'linux/amd64')
    const args = [bin(), 'lint', 'kubeedge-1.22.0', '--json']
    const { code, stdout, stderr } = await exec(node ?? name, args, { cwd: work })
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toHaveProperty('findings')
  })

  it('serves programs in TypeScript: typed, with progress, a signal and errors that have codes', async () => {
    const init = await exec(bin(), ['init', 'line'], { cwd: app })
    expect(init.stdout).toContain('\n  edgelift lint line.yaml\n')
    const line = path.join(app, 'line')
    await appendFile(path.join(line, 'line.yaml'), chartOverrides(await releaseCharts()))
    await appendFile(path.join(line, 'edgelift.config.yaml'), upstream.config)
    await writeFile(path.join(line, 'package.json'), '{ "type": "module" }')
    await copyFile(
      path.join(repositoryRoot, 'test/fixtures/api-consumer.ts.txt'),
      path.join(line, 'api-consumer.ts'),
    )
    const tsc = path.join(repositoryRoot, 'node_modules/.bin/tsc')
    const types = path.join(repositoryRoot, 'node_modules/@types')
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--exactOptionalPropertyTypes']
    await mustExec(exec, tsc, [...options, '--typeRoots', types, '--types', 'node', 'api-consumer.ts'], {
      cwd: line,
    })
    const env = { ...process.env, EDGELIFT_STORE: path.join(work, 'store') }
    const shown = await mustExec(exec, process.execPath, ['api-consumer.js', 'line.yaml'], { cwd: line, env })
    const result = JSON.parse(shown)
    expect(result).toEqual({
      findings: ['UNTESTED'],
      seals: [result.seals[0], result.seals[0], result.seals[0]],
      written: [true, false],
      archive: 'line-edge-0.1.0-amd64.tar.gz',
      verified: [{ ok: true, name: 'line-edge-0.1.0-amd64', problems: [] }],
      images: true,
      seen: expect.arrayContaining(['phase', 'total', 'transferred']),
      stopped: 'AbortError',
      refused: ['RELEASE_NOT_FOUND', 2, true],
      others: false,
    })
  })
})
