import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundledProgram } from '../support/building/program.ts'
import { extendShipped } from '../support/building/shipped-release.ts'
import { blocksOf, commandsOf } from '../support/operator-pages.ts'
import { releaseCharts } from '../support/upstream/charts.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** The pages' commands for those who build and audit, typed as they stand there. Nodes have tests of their own. */
let work: string
let upstream: Upstream
let program: string
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-docs-'))
  const charts = await releaseCharts()
  upstream = await startUpstream({ content: await releaseContent({ charts }) })
  const { file } = await bundledProgram(path.join(work, 'program'))
  program = file
  const manifests = path.join(work, 'manifests')
  await mkdir(manifests)
  await extendShipped(manifests, { charts })
  await writeFile(path.join(work, 'edgelift.config.yaml'), upstream.config)
  await mkdir(path.join(work, 'bin'))
  const edgelift = path.join(work, 'bin', 'edgelift')
  await writeFile(edgelift, `#!/bin/sh\nexec '${process.execPath}' '${file}' "$@"\n`, { mode: 0o755 })
  env = {
    ...process.env,
    ...{ LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', DOCKER_CONFIG: work },
    PATH: `${path.dirname(edgelift)}:${process.env.PATH}`,
    EDGELIFT_STORE: path.join(work, 'store'),
    EDGELIFT_CONFIG: path.join(work, 'edgelift.config.yaml'),
  }
})
afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

async function typePage(page: string, cwd: string): Promise<string> {
  const lines = (await commandsOf(page)).flat()
  expect(lines.length, page).toBeGreaterThan(3)
  return type(lines, cwd)
}

async function type(lines: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await exec('bash', ['-ec', lines.join('\n')], {
    cwd,
    env,
    timeout: 280_000,
  })
  expect(code, `${lines.join('\n')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

it('the quickstart builds, signs, verifies and reports', async () => {
  const said = await typePage('en/quickstart.md', work)
  expect(said).toContain('signed with key')
  expect(await readdir(work)).toContain('audit.html')
})

it('the page of CI sets up a release, its lock and its key', async () => {
  const folder = path.join(work, 'ci')
  await mkdir(folder)
  await typePage('en/ci.md', folder)
  const written = ['.gitlab-ci.yml', 'factory-line.lock.json', 'release.key', 'release.key.pub']
  expect(await readdir(path.join(folder, 'factory-line'))).toEqual(expect.arrayContaining(written))
})

it('the README builds with what the quickstart leaves, in both languages', async () => {
  const folder = path.join(work, 'clone')
  for (const name of ['dist', 'manifests']) await mkdir(path.join(folder, name), { recursive: true })
  await copyFile(program, path.join(folder, 'dist', 'edgelift.mjs'))
  await extendShipped(path.join(folder, 'manifests'), { charts: await releaseCharts() })
  const [commands, chinese] = [await commandsOf('../README.md'), await commandsOf('../README.zh-CN.md')]
  expect(chinese).toEqual(commands)
  const lines = commands.flat().filter((line) => line.startsWith('node '))
  expect(lines.length).toBeGreaterThan(2)
  expect(await type(lines, folder)).toContain('kubeedge-cloud-1.22.0')
})

it('the auditor’s page verifies, lists, compares and hands over the bill of materials', async () => {
  const folder = path.join(work, 'audit')
  await mkdir(path.join(folder, 'old'), { recursive: true })
  await copyFile(path.join(work, 'release.key.pub'), path.join(folder, 'release.key.pub'))
  for (const name of await readdir(path.join(work, 'dist')))
    for (const place of [folder, path.join(folder, 'old')])
      if (name.startsWith('kubeedge-edge-'))
        await copyFile(path.join(work, 'dist', name), path.join(place, name))
  const said = await typePage('en/auditing.md', folder)
  expect(said).toMatch(/Signature and comment signature verified[\s\S]+no differences/)
  expect(await readdir(folder)).toEqual(
    expect.arrayContaining(['audit.html', 'edge.cdx.json', 'edge.spdx.json']),
  )
})

it('the page on the format checks an archive, its directory and its parts with what every machine has', async () => {
  const folder = path.join(work, 'format')
  await mkdir(folder)
  await type(
    [
      `edgelift build kubeedge-1.22.0 --platform linux/amd64 --role edge --sign release.key --split 1MB --out '${folder}'`,
    ],
    work,
  )
  await copyFile(path.join(work, 'release.key.pub'), path.join(folder, 'release.key.pub'))
  const [directory = [], parts = []] = (await blocksOf('en/bundle-format.md')).flat()
  const said = await type(directory, folder)
  expect(said).toMatch(/manifest\.json: OK[\s\S]+Signature and comment signature verified/)
  const other = path.join(folder, 'from-parts')
  await mkdir(other)
  for (const name of (await readdir(folder)).filter(
    (name) => name.includes('.part') || name.endsWith('.pub'),
  ))
    await copyFile(path.join(folder, name), path.join(other, name))
  expect((await readdir(other)).length).toBeGreaterThan(4)
  await type(['sudo() { "$@"; }', ...parts], other)
  expect(await readdir(path.join(other, 'kubeedge-edge-1.22.0-amd64'))).toContain('install.sh')
})
