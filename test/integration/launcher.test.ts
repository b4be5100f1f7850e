import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const source = path.resolve(import.meta.dirname, '../../packages/installer/launcher')
const SCRIPTS = ['edgelift', 'install.sh', 'install-kubeedge-only.sh', 'cleanup.sh']
/** Where each ABI has it. */
const OWN_LOADER = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }[
  process.arch as 'x64' | 'arm64'
]
const LOADER = path.basename(OWN_LOADER)

let folder = ''
let archive = ''

/** An archive whose program only tells how it was started. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-launcher-'))
  archive = await withScripts('离线 包')
  await mkdir(path.join(archive, 'runtime'))
  // The machine's own loader and shell: the launcher starts no loader that is no program.
  await copyFile(OWN_LOADER, path.join(archive, 'runtime', LOADER))
  await copyFile('/bin/sh', path.join(archive, 'runtime/node'))
  const tell = 'echo "args=$*"; env | grep -E \'^(LD_|NODE_|EDGELIFT_)\' | sort; exit 7\n'
  await writeFile(path.join(archive, 'installer.mjs'), tell)
})
afterAll(() => rm(folder, { recursive: true }))

/** A folder of this name with the scripts of an archive, and nothing else. */
async function withScripts(name: string): Promise<string> {
  const made = path.join(folder, name)
  await mkdir(made)
  for (const script of SCRIPTS) await copyFile(path.join(source, script), path.join(made, script))
  return made
}

const clean = { PATH: process.env.PATH ?? '' }

function run(shell: readonly string[], cwd: string, env: Record<string, string> = clean) {
  const [command = '', ...args] = shell
  return exec(command, args, { cwd, env })
}

describe.each([
  ['dash', ['dash']],
  ['BusyBox', ['busybox', 'ash']],
  ['bash', ['bash', '--posix']],
])('under %s', (_name, shell) => {
  it('hands on its arguments, its directory and the exit code, from anywhere and without HOME', async () => {
    await symlink(path.join(archive, 'install.sh'), path.join(folder, 'link')).catch(() => {})
    for (const [script, cwd] of [
      ['./install.sh', archive],
      ['install.sh', archive],
      [path.join(archive, 'install.sh'), '/'],
      ['../link', path.join(archive, '..', '离线 包')],
    ] as const) {
      const { code, stdout, stderr } = await run([...shell, script, '--yes', 'a b'], cwd)
      expect([code, stderr]).toEqual([7, ''])
      expect(stdout).toContain('args=install --yes a b\n')
      expect(stdout).toContain(`EDGELIFT_DIRECTORY=${archive}\n`)
    }
  })

  it('takes from the environment what would disturb the runtime', async () => {
    const env = {
      ...{ ...clean, LD_LIBRARY_PATH: '/x', LD_DEBUG_OUTPUT: '/z', OTHER: 'a\nodd' },
      ...{ NODE_OPTIONS: '--bad', NODE_PATH: '/y', NODE_DEBUG: 'fs' },
      ...{ NODE_COMPILE_CACHE: '/tmp/of-others', NODE_REDIRECT_WARNINGS: '/tmp/w', NODE_USE_ENV_PROXY: '1' },
    }
    const { stdout } = await run([...shell, './cleanup.sh'], archive, env)
    expect(stdout).toBe(`args=cleanup\nEDGELIFT_DIRECTORY=${archive}\nEDGELIFT_LAUNCHER=./cleanup.sh\n`)
  })
})

describe('stops with a reason, in the language of the operator', () => {
  const stopped = async (env: Record<string, string>, ...args: string[]) => {
    const bin = path.join(folder, 'bin')
    await mkdir(bin, { recursive: true })
    await writeFile(path.join(bin, 'uname'), '#!/bin/sh\necho riscv64\n')
    await chmod(path.join(bin, 'uname'), 0o755)
    return run(['./install.sh', ...args], archive, { ...env, PATH: `${bin}:${clean.PATH}` })
  }

  it('on another architecture', async () => {
    const english = await stopped({ LANG: 'C' })
    expect(english).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^error\[WRONG_PLATFORM\]: this archive .* riscv64/),
    })
    expect((await stopped({ LANG: 'zh_CN.UTF-8' })).stderr).toContain('请使用适用于本机的离线包')
    expect((await stopped({ LANG: 'C' }, '--lang', 'zh')).stderr).toContain('请使用适用于本机的离线包')
    expect((await stopped({ LANG: 'zh_CN.UTF-8' }, '--lang=en')).stderr).toContain('use the archive')
  })

  it('where the runtime is missing', async () => {
    expect(await run(['./install.sh'], await withScripts('bare'))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('RUNTIME_MISSING'),
    })
  })

  it('in a folder whose name has a backslash, from which Node starts nothing', async () => {
    expect(await run(['./install.sh'], await withScripts('back\\slash'))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('has a backslash'),
    })
  })

  it('where the runtime is damaged', async () => {
    const damaged = await withScripts('damaged')
    await mkdir(path.join(damaged, 'runtime'))
    await writeFile(path.join(damaged, 'runtime', LOADER), '')
    expect(await run(['./install.sh'], damaged)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('RUNTIME_UNUSABLE'),
    })
  })
})

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it.each([
    ['a file that others can write', 'chmod 666 installer.mjs', 'installer.mjs'],
    ["another user's file", 'chown 1000 runtime/ld-linux-*', 'runtime/ld-linux'],
    ['a setuid file', 'chmod 4755 install.sh', 'install.sh'],
    ['a file with a second name', 'ln installer.mjs ../second', 'installer.mjs'],
    ['a folder above that others can write', 'chmod 777 ..', path.join('/')],
  ])('runs nothing from a directory with %s', async (_name, change, named) => {
    const above = await mkdtemp(path.join(tmpdir(), 'edgelift-open-'))
    await mustExec(exec, 'cp', ['-a', archive, path.join(above, 'archive')])
    const copy = path.join(above, 'archive')
    expect(await run(['./install.sh'], copy)).toMatchObject({ code: 7 })
    await mustExec(exec, 'sh', ['-c', change], { cwd: copy })
    for (const shell of [['dash'], ['busybox', 'ash']]) {
      const refused = await run([...shell, './install.sh'], copy, { ...clean, LANG: 'C' })
      expect(refused).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('DIRECTORY_UNSAFE'),
      })
      expect(refused.stderr).toContain(named)
    }
    await rm(above, { recursive: true })
  })
})
