import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { exec, hasActing, TAR_END, tarHeader } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installerProgram } from './cli/program.ts'

const LAUNCHER = path.join(import.meta.dirname, '../launcher')
const LOADER = process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2'
const LAUNCHERS = ['edgelift', 'install.sh', 'cleanup.sh', 'install-kubeedge-only.sh']

/** An unpacked archive whose loader is a program that ends with 0, whatever it is given: /bin/true. */
let directory: string
const at = (name: string) => path.join(directory, name)
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'edgelift-launcher-'))
  await cp(LAUNCHER, directory, { recursive: true })
  await mkdir(at('runtime'))
  await cp('/bin/true', at(`runtime/${LOADER}`))
  await writeFile(at('runtime/node'), 'a runtime')
  await writeFile(at('installer.mjs'), 'a program')
})
afterEach(() => rm(directory, { recursive: true }))

const launch = (name: string, lang = 'en') => exec('sh', [at(name), '--lang', lang])

it.each(LAUNCHERS)('%s starts the installer on its runtime', async (name) => {
  expect(await launch(name)).toEqual({ code: 0, stdout: '', stderr: '' })
})

describe.each([`runtime/${LOADER}`, 'installer.mjs'])('with an empty %s', (file) => {
  it.each(LAUNCHERS)('%s does not end as if it had done its work', async (name) => {
    await truncate(at(file))
    expect(await launch(name)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('unpack the archive again'),
    })
    expect((await launch(name, 'zh')).stderr).toContain('重新解压离线包')
  })
})

it('each script tells the program that it starts what was typed', async () => {
  await writeFile(at('edgelift'), 'echo "$EDGELIFT_LAUNCHER $1"')
  for (const { name, command } of installerProgram('cloud').launchers ?? [])
    expect(await launch(name)).toMatchObject({ code: 0, stdout: `${name} ${command}\n` })
})

it('does not run a loader of zeros', async () => {
  await writeFile(at(`runtime/${LOADER}`), Buffer.alloc(5000))
  expect(await launch('edgelift')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('RUNTIME_UNUSABLE'),
  })
})

it.each(LAUNCHERS.slice(1))('%s tells that the launcher that it starts is empty', async (name) => {
  await truncate(at('edgelift'))
  const { code, stderr } = await launch(name)
  expect(code).toBe(4)
  expect(stderr).toContain(`${at('edgelift')} is empty or missing`)
  expect(stderr).toContain('为空或缺失')
})

it('does not complete a delta with an empty program', async () => {
  await mkdir(at('base'))
  await cp(at('runtime'), at('base/runtime'), { recursive: true })
  const sums = await exec('sh', ['-c', 'sha256sum runtime/* > SHA256SUMS'], { cwd: at('base') })
  expect(sums.code).toBe(0)
  const complete = () => exec('sh', [at('complete'), 'complete', '--base', at('base')])
  expect((await complete()).code).toBe(0)
  await truncate(at('installer.mjs'))
  expect(await complete()).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('unpack the delta again'),
  })
})

describe('a delta whose base is damaged', () => {
  const archive = async (name: string) => {
    await mkdir(at('base'), { recursive: true })
    await cp(at('runtime'), at('base/runtime'), { recursive: true })
    const sums = 'cd base && sha256sum runtime/* > SHA256SUMS && cd .. && tar czf'
    expect(await exec('sh', ['-c', `${sums} ${name} base`], { cwd: directory })).toMatchObject({ code: 0 })
    return at(name)
  }
  const complete = (lang: string, ...bases: string[]) =>
    exec('sh', [at('complete'), 'complete', '--base', ...bases], {
      env: { ...process.env, EDGELIFT_LANG: lang },
    })

  it.each<[string, (file: string) => Promise<unknown>]>([
    ['cut off', async (file) => truncate(file, Math.floor((await readFile(file)).length / 2))],
    [
      'changed in the middle',
      async (file) => {
        const bytes = await readFile(file)
        await writeFile(file, bytes.fill(0x55, 2000, 2030))
      },
    ],
  ])('says so of an archive that was %s', async (_how, damage) => {
    const file = await archive('cut.tar.gz')
    await damage(file)
    const { code, stderr } = await complete('en', file)
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`error[RUNTIME_UNUSABLE]: ${file} is not an intact edgelift archive`),
    })
    expect(stderr).toContain('fix: fetch the archive again')
    expect((await complete('zh', file)).stderr).toContain('不是完好的 edgelift 离线包')
  })

  it('takes the runtime of the next base', async () => {
    const [bad, good] = [await archive('bad.tar.gz'), await archive('good.tar.gz')]
    await truncate(bad, 2000)
    expect(await complete('en', bad, good)).toMatchObject({ code: 0 })
    await writeFile(at('base/runtime/node'), 'another runtime')
    expect(await complete('en', at('base'))).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(at('base')),
    })
    expect(await complete('en', at('base'), good)).toMatchObject({ code: 0 })
  })
})

it.each([
  ['en', 'unpacks to more than 256 MiB'],
  ['zh', '解压后超过 256 MiB'],
])('does not let an archive fill the disk with its runtime: %s', async (lang, words) => {
  const bomb = at('bomb.tar.gz')
  const piece = gzipSync(Buffer.alloc(2 ** 24))
  const pieces = 2 ** 6 // 1 GiB
  const header = tarHeader({ path: 'old/runtime/node', type: 'file', size: pieces * 2 ** 24, mode: 0o755 })
  await writeFile(bomb, [gzipSync(header), ...Array(pieces).fill(piece), gzipSync(TAR_END)])
  await mkdir(at('tmp'))
  const env = { ...process.env, TMPDIR: at('tmp'), EDGELIFT_LANG: lang }
  let most = 0
  const watch = setInterval(async () => {
    const { stdout } = await exec('du', ['-sk', at('tmp')])
    most = Math.max(most, Number.parseInt(stdout, 10))
  }, 50)
  const { code, stderr } = await exec('sh', [at('complete'), 'complete', '--base', bomb], { env })
  clearInterval(watch)
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining(bomb) })
  expect(stderr).toContain(words)
  expect(most).toBeLessThan(300 * 1024)
  expect(await readdir(at('tmp'))).toEqual([])
})

describe('where there is no room for the runtime of a base', () => {
  const complete = async (env: NodeJS.ProcessEnv) => {
    await writeFile(at('base.tar.gz'), gzipSync(TAR_END))
    const args = [at('complete'), 'complete', '--base', at('base.tar.gz')]
    return exec('sh', args, { env: { ...process.env, EDGELIFT_LANG: 'en', ...env } })
  }

  it('says so, and what helps', async () => {
    await mkdir(at('bin'))
    const words = 'tar: old/runtime/node: Cannot write: No space left on device'
    await writeFile(at('bin/tar'), `#!/bin/sh\ncat >/dev/null\necho '${words}' >&2\nexit 2\n`, {
      mode: 0o755,
    })
    const env = { PATH: `${at('bin')}:${process.env.PATH}`, TMPDIR: directory }
    const stderr = expect.stringMatching(/^error\[DISK_FULL\]: no room in .*\nfix: .*TMPDIR=FOLDER/)
    expect(await complete(env)).toMatchObject({ code: 1, stderr })
    expect((await complete({ ...env, EDGELIFT_LANG: 'zh' })).stderr).toContain('没有空间解压基准的运行环境')
  })

  it('as where there is no folder for it', async () => {
    const stderr = expect.stringMatching(/^error\[DISK_FULL\]: no room in /)
    expect(await complete({ TMPDIR: at('nowhere') })).toMatchObject({ code: 1, stderr })
  })

  it('and is no word about an archive that has none', async () => {
    expect(await complete({ TMPDIR: directory })).toMatchObject({
      stderr: expect.stringContaining('DELTA_BASE_MISSING'),
    })
  })
})

// Only root is refused a directory that others can write.
describe.runIf(process.getuid?.() === 0)('a directory that another user named', () => {
  const HOSTILE = "it's; touch hacked #"
  /** The directory under another name, with a file that others can write. */
  async function named(name: string, file = 'open'): Promise<string> {
    const moved = path.join(directory, name)
    await mkdir(moved)
    await cp(LAUNCHER, moved, { recursive: true })
    await writeFile(path.join(moved, file), '')
    await chmod(path.join(moved, file), 0o666)
    return moved
  }

  it.each(['edgelift', 'complete'])('%s prints a command that changes it, and nothing else', async (name) => {
    const moved = await named(HOSTILE)
    const { code, stderr } = await exec('sh', [path.join(moved, name), '--lang', 'en'])
    expect(code).toBe(3)
    const line = /^fix: (.*?) \(and the same/m.exec(stderr)?.[1] ?? ''
    await mkdir(at('bin'))
    for (const program of ['chown', 'chmod'])
      await writeFile(at(`bin/${program}`), `#!/bin/sh\nprintf '${program} %s|%s|%s\\n' "$@"\n`, {
        mode: 0o755,
      })
    const typed = await exec('sh', ['-c', `cd '${directory}'; PATH=${at('bin')}:$PATH; ${line}`])
    expect(typed.stdout).toBe(`chown -R|root:|${moved}\nchmod -R|go-w|${moved}\n`)
    expect(await readdir(directory)).not.toContain('hacked')
  })

  it.each(['edgelift', 'complete'])(
    '%s shows nothing that a terminal or a reader would act on',
    async (name) => {
      const acting = '\u001b]0;x\u0007\nfix: curl\u009b31m\u202e\u2066'
      for (const [folder, file] of [[`分发${acting}`, 'open'] as const, ['分发', `文件${acting}`] as const]) {
        const moved = await named(folder, file)
        const { code, stderr } = await exec('sh', [path.join(moved, name), '--lang', 'zh'])
        expect(code).toBe(3)
        expect(stderr).toMatch(/^error\[DIRECTORY_UNSAFE\]: /)
        expect(stderr).toContain('分发')
        expect(hasActing(stderr)).toBe(false)
        expect(stderr.trim().split('\n')).toHaveLength(2)
      }
    },
  )
})
