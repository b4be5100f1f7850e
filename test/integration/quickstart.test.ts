import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ExecResult, exec, mustExec } from '@edgelift/core'
import { displayWidth } from '@edgelift/core/cli'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isHandbookPage } from '../../scripts/handbook.mjs'
import { repositoryRoot } from '../support/upstream/places.ts'

const ARCHIVES = [
  'kubeedge-cloud-1.22.0-k3s-1.34.2+k3s1-amd64.tar.gz',
  'kubeedge-cloud-1.22.0-k3s-1.34.2+k3s1-arm64.tar.gz',
  'kubeedge-edge-1.22.0-amd64.tar.gz',
  'kubeedge-edge-1.22.0-arm64.tar.gz',
]

let work: string
let clone: string
let first: ExecResult
/** A stranger's machine: a fresh clone, in a folder of any name, without what lies beside this checkout. */
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift quickstart 一-'))
  clone = path.join(work, 'a clone')
  await mustExec(exec, 'git', ['clone', '--quiet', repositoryRoot, clone])
  first = await exec(path.join(clone, 'scripts/quickstart'), [], { cwd: work, env: strangersEnv() })
})
afterAll(async () => {
  await rm(work, { recursive: true, force: true })
})

function strangersEnv(): NodeJS.ProcessEnv {
  const { EDGELIFT_SHARED: _, EDGELIFT_UPSTREAM_DIR: __, EDGELIFT_STORE: ___, ...env } = process.env
  return { ...env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }
}

const edgelift = (...args: string[]): Promise<ExecResult> =>
  exec(process.execPath, ['dist/edgelift.mjs', ...args], { cwd: clone, env: strangersEnv() })

const made = (name: string): string => path.join(clone, 'dist/quickstart', name)

describe('quickstart on a fresh clone', () => {
  it('makes four verified archives and names the placeholders in them', async () => {
    expect(first.code, first.stderr).toBe(0)
    const names = await readdir(path.join(clone, 'dist/quickstart'))
    expect(names.filter((name) => name.endsWith('.tar.gz')).sort()).toEqual(ARCHIVES)
    expect(first.stdout).toMatch(/4 archives in dist\/quickstart, verified/)
    expect(first.stdout).toContain('docker.io/kubeedge/cloudcore:v1.22.0')
    const changed = await mustExec(exec, 'git', ['status', '--porcelain'], { cwd: clone })
    expect(changed).toBe('')
  })

  it('speaks to a terminal of 80 columns, and advises nobody to install what is refused', () => {
    const prose = /^warning\[|archives are in|^ {2}(not )?proved: / // sentences of any length, which a terminal wraps
    const own = first.stdout.slice(first.stdout.indexOf('Preparing')) // pnpm speaks before it
    const lines = own.split('\n').filter((line) => !prose.test(line))
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([])
    expect(first.stdout).not.toMatch(/install\.sh(?! --dry-run)/)
  })

  it('advises commands that work as they are printed', async () => {
    const advice = first.stdout.slice(first.stdout.indexOf('What you can do with them:'))
    const commands = advice.split('\n').filter((line) => /^ {4}\S/.test(line) || /^ {6}/.test(line))
    const script = commands.filter((line) => !line.startsWith('    It ends')).join('\n')
    expect(script).toMatch(/cd dist\/quickstart[\s\S]+ inspect [\s\S]+ verify [\s\S]+install\.sh --dry-run/)
    const typed = ['sudo() { "$@"; }', 'set -e', script].join('\n')
    const { code, stdout, stderr } = await exec('bash', ['-c', typed], { cwd: clone, env: strangersEnv() })
    expect(code, stdout + stderr).toBe(3)
    expect(stdout).toMatch(/error\[PLACEHOLDERS\][\s\S]+Nothing was changed\./)
    expect(await readdir(path.join(clone, 'dist/quickstart'))).toContain('report.html')
    await rm(path.join(clone, 'dist/quickstart/kubeedge-edge-1.22.0-amd64'), { recursive: true })
  })

  it('fetches nothing the second time', async () => {
    const before = await Promise.all(ARCHIVES.map((name) => mustExec(exec, 'sha256sum', [made(name)])))
    const second = await exec(path.join(clone, 'scripts/quickstart'), [], { cwd: work, env: strangersEnv() })
    expect(second.code, second.stderr).toBe(0)
    expect(second.stdout).toContain('\n0 bytes fetched from the embedded upstream\n')
    const after = await Promise.all(ARCHIVES.map((name) => mustExec(exec, 'sha256sum', [made(name)])))
    expect(after).toEqual(before)
  })

  it.each(ARCHIVES)('%s is sound for GNU and BusyBox tools', async (name) => {
    const folder = path.join(work, 'unpacked', name)
    await mkdir(folder, { recursive: true })
    await mustExec(exec, 'sha256sum', ['-c', `${name}.sha256`], { cwd: path.join(clone, 'dist/quickstart') })
    await mustExec(exec, 'tar', ['-xzf', made(name), '-C', folder])
    expect(await readdir(folder)).toEqual([name.replace('.tar.gz', '')])
    const top = path.join(folder, name.replace('.tar.gz', ''))
    const sums = await mustExec(exec, 'sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: top })
    expect(sums).toContain('manifest.json: OK')
    for (const language of ['en', 'zh-CN']) {
      const pages = (await readdir(path.join(repositoryRoot, 'docs', language))).filter(isHandbookPage)
      for (const page of pages) expect(sums).toContain(`docs/${language}/${page}: OK`)
    }
    expect(
      (await mustExec(exec, 'busybox', ['sha256sum', '-c', 'SHA256SUMS'], { cwd: top })).split('\n').sort(),
    ).toEqual(sums.split('\n').sort())
    const direct = await edgelift('verify', top)
    expect(direct.code, direct.stderr).toBe(0)
  })

  it('signs what minisign verifies, without the network', async () => {
    const keygen = await edgelift('keygen', 'dist/release.key')
    expect(keygen.code, keygen.stderr).toBe(0)
    const build = await edgelift(
      ...['build', 'dist/quickstart/kubeedge-1.22.0.yaml', '--role', 'edge', '--platform', 'linux/amd64'],
      ...[
        '--offline',
        '--store',
        'dist/quickstart/store',
        '--sign',
        'dist/release.key',
        '--out',
        'dist/signed',
      ],
    )
    expect(build.code, build.stderr).toBe(0)
    const [, , name = ''] = ARCHIVES
    const signed = path.join(clone, 'dist/signed')
    await mustExec(exec, 'tar', ['-xzf', name], { cwd: signed })
    const top = path.join(signed, name.replace('.tar.gz', ''))
    const key = path.join(clone, 'dist/release.key.pub')
    await mustExec(exec, 'minisign', ['-V', '-p', key, '-m', 'SHA256SUMS', '-x', 'SHA256SUMS.minisig'], {
      cwd: top,
    })
    await mustExec(exec, 'minisign', ['-V', '-p', key, '-m', name], { cwd: signed })
    const verified = await edgelift('verify', `dist/signed/${name}`, '--pubkey', 'dist/release.key.pub')
    expect(verified.code, verified.stderr).toBe(0)
  })

  it('one flipped byte makes verify end with 4', async () => {
    const [, , name = ''] = ARCHIVES
    const damaged = path.join(work, 'damaged.tar.gz')
    await mustExec(exec, 'cp', [made(name), damaged])
    const handle = await open(damaged, 'r+')
    const at = Math.floor((await stat(damaged)).size / 2)
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
    await handle.close()
    const { code, stderr } = await edgelift('verify', damaged)
    expect([code, stderr]).toEqual([4, expect.stringMatching(/^error\[[A-Z_]+\]: /)])
  })
})
