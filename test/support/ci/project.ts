import { appendFile, chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Lock, writeLock } from '@edgelift/builder'
import { digestOf, exec, mustExec } from '@edgelift/core'
import { sealOf } from '../../../packages/builder/src/lock/seal.ts'
import { chartOverrides, releaseCharts } from '../upstream/charts.ts'
import { repositoryRoot } from '../upstream/places.ts'

export type CiSystem = 'gitlab' | 'github' | 'jenkins'

/** A repository as somebody has it after `edgelift init --ci`, a lock, a key pair and a push. */
export interface Project {
  readonly folder: string
  /** The forge's bare repository: `folder` with `.git` after it. */
  readonly forge: string
  /** What the CI system gives its jobs: the package to install, the secret key. */
  readonly secrets: { readonly EDGELIFT_PACKAGE: string; readonly EDGELIFT_KEY: string }
}

/** The npm package as `pnpm publish` would send it. */
export async function packedPackage(folder: string): Promise<string> {
  await mustExec(exec, 'npm', ['pack', '--pack-destination', folder], { cwd: repositoryRoot })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  return path.join(folder, tarball)
}

/** A locked release with its store, as each CI system's project starts from. */
export async function lockedRelease(work: string, config: string): Promise<string> {
  const base = path.join(work, 'base', 'line')
  const edgelift = (...args: string[]) =>
    mustExec(exec, process.execPath, [path.join(repositoryRoot, 'dist/package/edgelift.mjs'), ...args], {
      cwd: path.dirname(base),
      env: { ...process.env, EDGELIFT_STORE: path.join(base, '.edgelift-store') },
      timeout: 200_000,
    })
  await mkdir(path.dirname(base))
  await edgelift('init', 'line')
  await appendFile(path.join(base, 'line.yaml'), chartOverrides(await releaseCharts()))
  await appendFile(path.join(base, 'edgelift.config.yaml'), config)
  await edgelift('lock', 'line/line.yaml', '--config', 'line/edgelift.config.yaml')
  await edgelift('keygen', 'line/release.key')
  await writeFile(path.join(base, '.gitignore'), '.edgelift*/\n*.key\ndist/\n.gitlab-ci-local/\nbin/\n')
  return base
}

export async function projectFor(
  system: CiSystem,
  { work, base, tarball }: { readonly work: string; readonly base: string; readonly tarball: string },
): Promise<Project> {
  const folder = path.join(work, system)
  const forge = `${folder}.git`
  const fresh = path.join(work, `fresh-${system}`, 'line')
  await mkdir(path.dirname(fresh))
  await mustExec(
    exec,
    process.execPath,
    [path.join(repositoryRoot, 'dist/package/edgelift.mjs'), 'init', fresh, '--ci', system],
    {},
  )
  await cp(fresh, folder, { recursive: true })
  await mustExec(exec, 'cp', ['-a', `${base}/.`, folder])
  await mustExec(exec, 'git', ['init', '-q', '--bare', '-b', 'main', forge])
  await git(forge, 'config', 'receive.advertisePushOptions', 'true')
  const hook = path.join(forge, 'hooks/post-receive')
  await writeFile(hook, '#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION > push-options\ntrue\n')
  await chmod(hook, 0o755)
  await git(folder, 'init', '-q', '-b', 'main')
  await git(folder, 'remote', 'add', 'origin', forge)
  await commitAndPush(folder)
  return {
    folder,
    forge,
    secrets: { EDGELIFT_PACKAGE: tarball, EDGELIFT_KEY: path.join(folder, 'release.key') },
  }
}

/** Gives the project a lock of an image that upstream has replaced since. */
export async function ageLock({ folder }: Project): Promise<void> {
  const file = path.join(folder, 'line.lock.json')
  const { seal: _, ...lock } = Lock.parse(JSON.parse(await readFile(file, 'utf8')))
  const images = lock.images.map((image) => {
    if (!image.reference.includes('edgemesh-agent')) return image
    return { ...image, manifest: { ...image.manifest, digest: digestOf('older') } }
  })
  const aged = { ...lock, images }
  await writeLock(file, { ...aged, seal: sealOf(aged) })
  await commitAndPush(folder)
}

/** The lock on the branch that a drift job has pushed; undefined where it has pushed none. */
export async function driftedLock({ forge }: Project): Promise<string | undefined> {
  const { code, stdout } = await exec('git', ['-C', forge, 'show', 'edgelift/drift:line.lock.json'])
  return code === 0 ? stdout : undefined
}

export async function pushOptions({ forge }: Project): Promise<string> {
  return readFile(path.join(forge, 'push-options'), 'utf8')
}

async function commitAndPush(folder: string): Promise<void> {
  await git(folder, 'add', '-A')
  await git(folder, 'commit', '-q', '-m', 'A change')
  await git(folder, 'push', '-q', 'origin', 'HEAD:main')
}

async function git(folder: string, ...args: string[]): Promise<void> {
  const author = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com']
  await mustExec(exec, 'git', ['-C', folder, ...author, ...args])
}
