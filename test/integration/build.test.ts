import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { type SmallRelease, smallRelease } from '../support/building/small-release.ts'
import { waitFor } from '../support/kubernetes/waiting.ts'
import { drip, on } from '../support/upstream/faults.ts'
import { npmProgram } from '../support/upstream/npm-programs.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

const ARCHIVES = ['cloud-amd64', 'cloud-arm64', 'edge-amd64', 'edge-arm64'].map(
  (name) => `small-${name}.tar.gz`,
)

let work: string
let program: Program
let small: SmallRelease
let release: string
let upstream: Upstream
/** The build that the others are compared with. */
let first: Awaited<ReturnType<typeof build>>
let expected: Record<string, string>

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-build-'))
  program = await bundledProgram(path.join(work, 'program'))
  small = await smallRelease({ folder: work })
  release = await small.write(path.join(work, 'release'))
  upstream = await startUpstream({ content: small.content })
  await writeFile(path.join(work, 'config.yaml'), upstream.config)
  first = await build('first')
  expected = await sums(at('first/out'))
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

const at = (...parts: string[]): string => path.join(work, ...parts)

interface Places {
  readonly store?: string
  readonly out?: string
}

function buildArgs(place: string, more: readonly string[] = [], { store, out }: Places = {}): string[] {
  const places = ['--store', store ?? at(place, 'store'), '--out', out ?? at(place, 'out')]
  return ['build', release, '--config', at('config.yaml'), ...places, ...more]
}

async function build(place: string, more: readonly string[] = [], places: Places = {}) {
  const ran = await program.run(buildArgs(place, ['--json', ...more], places))
  return { ...ran, document: ran.stdout === '' ? undefined : (JSON.parse(ran.stdout) as BuildDocument) }
}

interface BuildDocument {
  readonly fetched: number
  readonly archives: readonly { readonly name: string; readonly sha256: string; readonly kept: boolean }[]
  readonly error?: { readonly code: string; readonly message: string; readonly cause: string }
}

/** The hash of every archive in a folder. */
async function sums(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tar.gz')).sort()
  const hashes = names.map(async (name) => [name, hashOf(await readFile(path.join(folder, name)))])
  return Object.fromEntries(await Promise.all(hashes)) as Record<string, string>
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function leftovers(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('.'))
}

describe('build', () => {
  it('makes four archives, fetches each byte once, and nothing the second time', async () => {
    expect(first.code, first.stderr).toBe(0)
    expect(Object.keys(expected)).toEqual(ARCHIVES)
    expect(await leftovers(at('first/out'))).toEqual([])
    const served = upstream.served.log.filter((one) => /blobs|manifests|files\.example/.test(one.path))
    expect(served.filter((one) => one.status === 200).reduce((sum, one) => sum + one.bytes, 0)).toBe(
      small.bytes,
    )
    expect(first.document?.fetched).toBe(small.bytes)

    upstream.served.reset()
    const second = await build('first')
    expect(second.document?.archives.map((one) => one.kept)).toEqual([true, true, true, true])
    expect(second.document?.fetched).toBe(0)
    expect(upstream.served.requests).toBe(0)
  })

  it('writes an archive again that is no longer what was built', async () => {
    const file = at('first/out', ARCHIVES[0] ?? '')
    const handle = await open(file, 'r+')
    await handle.write(Buffer.from([0xff]), 0, 1, 5000)
    await handle.close()
    const again = await build('first', ['--offline'])
    expect(again.document?.archives.map((one) => one.kept)).toEqual([false, true, true, true])
    expect(await sums(at('first/out'))).toEqual(expected)
  })

  it('gives the same bytes from another store, with another concurrency, in another order, one by one', async () => {
    await writeFile(at('config.yaml'), `${upstream.config}\nconcurrency: 1\n`)
    for (const [role, platform] of [
      ['edge', 'linux/arm64'],
      ['cloud', 'linux/arm64'],
      ['edge,cloud', 'linux/amd64'],
    ]) {
      const ran = await build('other', ['--role', role ?? '', '--platform', platform ?? ''])
      expect(ran.code, ran.stderr).toBe(0)
    }
    await writeFile(at('config.yaml'), upstream.config)
    expect(await sums(at('other/out'))).toEqual(expected)
  })

  it('gives the same bytes from Node 24', async () => {
    const node = await npmProgram('node', process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')
    expect(node, 'Node 24 from the npm registry').toBeDefined()
    const ran = await program.run(buildArgs('node24'), node === undefined ? {} : { node })
    expect(ran.code, ran.stderr).toBe(0)
    expect(await sums(at('node24/out'))).toEqual(expected)
  })

  it('builds offline from a store, and names all that one lacks', async () => {
    const whole = await program.run(buildArgs('first', ['--offline'], { out: at('offline') }))
    expect(whole.code).toBe(0)
    const empty = await build('empty', ['--offline'])
    expect(empty.code).toBe(1)
    expect(empty.document?.error?.code).toBe('STORE_INCOMPLETE')
    for (const name of ['files.program https://files.example/program-arm64', 'docker.io/library/cloud:v1'])
      expect(empty.document?.error?.cause).toContain(name)
  })
})

describe('what auditors use', () => {
  it('makes no half of a key pair where nothing can be written', async () => {
    const key = at('full.key')
    const shell = 'trap "" XFSZ; ulimit -f 0; exec "$@"' // as on a full disk: files can be made, and hold nothing
    const full = await exec('sh', ['-c', shell, 'sh', process.execPath, program.file, 'keygen', key])
    expect(full.code, full.stderr).toBe(1)
    expect(full.stderr).toContain('the file is too large')
    expect((await readdir(work)).filter((name) => name.startsWith('full.key'))).toEqual([])
    expect((await program.run(['keygen', key])).code).toBe(0)
  })

  it('signs archives and their sums for minisign, GNU and BusyBox', async () => {
    const key = at('release.key')
    expect((await program.run(['keygen', key])).code).toBe(0)
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    expect((await program.run(['keygen', key])).stderr).toContain('error[KEY_EXISTS]')
    const ran = await build('signed', ['--offline', '--sign', key], { store: at('first/store') })
    expect(ran.code, ran.stderr).toBe(0)
    for (const name of ARCHIVES) {
      await mustExec(exec, 'minisign', ['-V', '-p', `${key}.pub`, '-m', at('signed/out', name)])
      await mustExec(exec, 'sha256sum', ['-c', `${name}.sha256`], { cwd: at('signed/out') })
    }
    await mkdir(at('unpacked'))
    await mustExec(exec, 'tar', ['xzf', at('signed/out', ARCHIVES[2] ?? '')], { cwd: at('unpacked') })
    const cwd = at('unpacked', 'small-edge-amd64')
    await mustExec(exec, 'sha256sum', ['-c', 'SHA256SUMS'], { cwd })
    await mustExec(exec, 'busybox', ['sha256sum', '-c', 'SHA256SUMS'], { cwd })
    await mustExec(exec, 'minisign', ['-V', '-p', `${key}.pub`, '-m', 'SHA256SUMS'], { cwd })
    const verified = await program.run([
      'verify',
      '--pubkey',
      `${key}.pub`,
      cwd,
      ...ARCHIVES.map((name) => at('signed/out', name)),
    ])
    expect(verified.code, verified.stderr).toBe(0)
    const unsigned = await program.run([
      'verify',
      '--pubkey',
      `${key}.pub`,
      at('first/out', ARCHIVES[0] ?? ''),
    ])
    expect(unsigned.code).toBe(4)
    expect(unsigned.stderr).toContain('error[SIGNATURE_MISSING]')
  })

  it('finds one flipped byte anywhere, and names a file', async () => {
    const original = at('first/out', ARCHIVES[2] ?? '')
    const { size } = await stat(original)
    const copy = at('flipped.tar.gz')
    for (const share of [0.001, 0.03, 0.3, 0.6, 0.9, 0.9999]) {
      await copyFile(original, copy)
      const where = Math.floor(size * share)
      const handle = await open(copy, 'r+')
      const byte = Buffer.alloc(1)
      await handle.read(byte, 0, 1, where)
      await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, where)
      await handle.close()
      const ran = await program.run(['verify', copy, '--json'])
      expect(ran.code, `byte ${where}`).toBe(4)
      const { error } = JSON.parse(ran.stdout) as { error: { message: string } }
      expect(error.message).toMatch(
        /README|SHA256SUMS|manifest|bin\/|images\/|installer|sbom|provenance|meta|install/,
      )
    }
  })

  it('tells why something is in it, and writes a report', async () => {
    const archive = at('first/out', ARCHIVES[0] ?? '')
    const why = await program.run(['inspect', archive, '--why', 'kubeedge/agent'])
    expect(why.stdout).toContain('needed by  a test')
    const report = await program.run([
      'inspect',
      archive,
      '--report',
      at('report.html'),
      '--lang',
      'zh',
      '--json',
    ])
    expect(report.code, report.stderr).toBe(0)
    expect(JSON.parse(report.stdout)).toMatchObject({ signature: 'none', manifest: { role: 'cloud' } })
    expect(await readFile(at('report.html'), 'utf8')).toContain('空间分布')
  })
})

describe('build under bad conditions', () => {
  it('is run twice at once on one store, and each byte is fetched once', async () => {
    upstream.served.reset()
    const [one, other] = await Promise.all([
      program.run(buildArgs('twins', [], { out: at('twins/one') })),
      program.run(buildArgs('twins', [], { out: at('twins/two') })),
    ])
    expect([one.code, other.code], one.stderr + other.stderr).toEqual([0, 0])
    expect(await sums(at('twins/one'))).toEqual(expected)
    expect(await sums(at('twins/two'))).toEqual(expected)
    expect(upstream.served.of('blobs').bytes).toBeLessThan(1.1 * small.bytes)
  })

  it.each(['SIGKILL', 'SIGTERM'] as const)('goes on after %s in the middle', async (signal) => {
    const place = `killed-${signal}`
    const slow = on({ path: '/blobs/' }, drip(1_000_000))
    upstream.faults.push(slow)
    upstream.served.reset()
    const running = program.start(buildArgs(place))
    await waitFor('bytes are on their way', async () => upstream.served.of('/blobs/').bytes >= 700_000, {
      every: 20,
    })
    running.child.kill(signal)
    const ran = await running.ended
    expect(ran.code).toBe(signal === 'SIGKILL' ? 137 : 5)
    if (signal === 'SIGTERM') expect(ran.stderr).toContain('error[INTERRUPTED]')
    upstream.faults.length = 0
    const again = await build(place)
    expect(again.code, again.stderr).toBe(0)
    expect(await sums(at(place, 'out'))).toEqual(expected)
    expect(upstream.served.of('/blobs/').bytes).toBeLessThan(1.25 * small.bytes) // sockets had some in flight
    expect(again.document?.fetched).toBeLessThan(small.bytes - 500_000)
  })

  it('refuses before the first byte when the disk cannot hold it, and survives one that fills up', async () => {
    const disk = at('disk')
    await mkdir(disk)
    await mustExec(exec, 'mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
    try {
      upstream.served.reset()
      const refused = await program.run(buildArgs('lacking', ['--json'], { store: path.join(disk, 'store') }))
      expect(refused.code).toBe(1)
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'SPACE_LACKING' } })
      expect(upstream.served.requests).toBe(0)

      await mustExec(exec, 'mount', ['-o', 'remount,size=80m', disk])
      upstream.faults.push(on({ path: '/blobs/' }, drip(2_000_000)))
      const running = program.start(buildArgs('lacking', ['--json'], { store: path.join(disk, 'store') }))
      await waitFor('bytes are on their way', async () => upstream.served.of('/blobs/').bytes >= 500_000, {
        every: 20,
      })
      await exec('dd', ['if=/dev/zero', `of=${path.join(disk, 'filler')}`, 'bs=64k'])
      const full = await running.ended
      expect(full.code).toBe(1)
      expect(JSON.parse(full.stdout)).toMatchObject({ error: { code: 'DISK_FULL' } })

      upstream.faults.length = 0
      await rm(path.join(disk, 'filler'))
      const again = await program.run(buildArgs('lacking', [], { store: path.join(disk, 'store') }))
      expect(again.code, again.stderr).toBe(0)
      expect(await sums(at('lacking/out'))).toEqual(expected)
    } finally {
      upstream.faults.length = 0
      await mustExec(exec, 'umount', ['-l', disk])
    }
  })

  it('finds a blob of the store that was damaged, writes no archive, and store verify removes it', async () => {
    await build('damaged')
    await rm(at('damaged/out'), { recursive: true })
    const blobs = at('damaged/store/blobs/sha256')
    const stored = (await readdir(blobs)).map((name) => path.join(blobs, name))
    const sizes = await Promise.all(stored.map(async (file) => ({ file, size: (await stat(file)).size })))
    const victim = sizes.find((one) => one.size === 900_000)?.file ?? ''
    const handle = await open(victim, 'r+')
    await handle.write('damaged', 1000)
    await handle.close()
    const ran = await build('damaged', ['--offline'])
    expect(ran.code).toBe(4)
    expect(await readdir(at('damaged/out'))).toEqual([])
    const verify = await program.run(['store', 'verify', '--store', at('damaged/store')])
    expect(verify.code).toBe(4)
    expect((await build('damaged')).code).toBe(0)
  })

  it.each([
    [
      'a flipped byte',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 999), Buffer.from([1]), bytes.subarray(1000)]),
    ],
    ['a cut blob', (bytes: Buffer) => bytes.subarray(0, bytes.length - 7)],
    ['an empty blob', () => Buffer.alloc(0)],
  ])('heals %s in the same run, whatever it is a blob of', async (_name, damage) => {
    await build('healed')
    const blobs = at('healed/store/blobs/sha256')
    for (const name of await readdir(blobs)) {
      await rm(at('healed/out'), { recursive: true })
      const bytes = await readFile(path.join(blobs, name))
      await writeFile(path.join(blobs, name), damage(bytes))
      const { code, stderr } = await build('healed', ['--platform', 'linux/amd64'])
      expect({ code, stderr, name }).toMatchObject({ code: 0 })
      const made = await sums(at('healed/out'))
      for (const [archive, hash] of Object.entries(made)) expect(hash).toBe(expected[archive])
      await writeFile(path.join(blobs, name), bytes)
    }
  })
})

// Four times the memory that is allowed; `./scripts/bench` does it with two gigabytes.
describe('a layer of 800 MB', () => {
  it('is built and verified in flat memory', async () => {
    const folder = at('huge')
    await mkdir(folder)
    const huge = await smallRelease({ folder, huge: 800_000_000 })
    await using served = await startUpstream({ content: huge.content })
    await writeFile(path.join(folder, 'config.yaml'), served.config)
    const file = await huge.write(path.join(folder, 'release'))
    const options = ['--config', path.join(folder, 'config.yaml'), '--store', path.join(folder, 'store')]
    const built = await program.run([
      'build',
      file,
      '--role',
      'cloud',
      '--platform',
      'linux/amd64',
      '--out',
      folder,
      ...options,
    ])
    expect(built.code, built.stderr).toBe(0)
    const verified = await program.run(['verify', path.join(folder, 'small-cloud-amd64.tar.gz')])
    expect(verified.code, verified.stderr).toBe(0)
    expect(built.peak).toBeGreaterThan(20_000_000)
    expect(built.peak).toBeLessThan(200_000_000)
    expect(verified.peak).toBeLessThan(200_000_000)
  })
})
