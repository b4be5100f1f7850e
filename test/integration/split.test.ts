import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { smallRelease } from '../support/building/small-release.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

const EDGE = 'small-edge-amd64.tar.gz'
const DELTA = 'small-edge-amd64.from-1.0.0.delta'

/** Gives an edge's archive at least four parts. */
const SIZE = '1.2MB'

let work: string
let program: Program
const at = (...parts: string[]): string => path.join(work, ...parts)
const shell = (script: string, cwd = at('out')) => exec('sh', ['-c', script], { cwd })

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-split-'))
  program = await bundledProgram(at('program'))
  await program.run(['keygen', at('key')])
  await build('old', ['--split', SIZE, '--sign', at('key')])
})
afterAll(() => rm(work, { recursive: true, force: true }))

async function build(which: 'old' | 'next', more: readonly string[], out = 'out'): Promise<void> {
  const small = await smallRelease({ folder: work, next: which === 'next' })
  await using upstream = await startUpstream({ content: small.content })
  await writeFile(at('config.yaml'), upstream.config)
  const release = await small.write(at(`release-${which}`))
  const places = ['--store', at('store'), '--config', at('config.yaml'), '--out', at(out)]
  const ran = await program.run(['build', release, '--platform', 'linux/amd64', ...places, ...more])
  expect(ran).toMatchObject({ code: 0, stderr: expect.any(String) })
}

/** Without signatures, which hold the time. */
function signedAside(names: readonly string[]): string[] {
  return names.filter((name) => !name.endsWith('.minisig'))
}

async function partsIn(folder: string, archive = EDGE): Promise<string[]> {
  return (await readdir(at(folder))).filter((name) => name.startsWith(`${archive}.part`)).sort()
}

describe('build --split', () => {
  it('writes parts that other programs check and join', async () => {
    const { size } = await stat(at('out', EDGE))
    const count = Math.ceil(size / 1_200_000)
    expect(await partsIn('out')).toEqual([
      ...Array.from({ length: count }, (_, index) => `${EDGE}.part00${index + 1}`),
      `${EDGE}.parts.sha256`,
      `${EDGE}.parts.sha256.minisig`,
    ])
    for (let index = 1; index < count; index++)
      expect((await stat(at('out', `${EDGE}.part00${index}`))).size).toBe(1_200_000)
    expect(await shell(`sha256sum -c ${EDGE}.parts.sha256`)).toMatchObject({ code: 0 })
    expect(await shell(`cat ${EDGE}.part[0-9]* | cmp - ${EDGE}`)).toMatchObject({ code: 0 })
    await mkdir(at('unpacked'), { recursive: true })
    expect(await shell(`cat ${EDGE}.part[0-9]* | tar xz -C ${at('unpacked')}`)).toMatchObject({ code: 0 })
    const inside = at('unpacked', 'small-edge-amd64')
    expect(await shell('sha256sum -c --quiet SHA256SUMS', inside)).toMatchObject({ code: 0 })
    expect(
      await shell(`minisign -V -p ${at('key.pub')} -m ${EDGE}.parts.sha256`),
      'minisign holds the list',
    ).toMatchObject({ code: 0 })
  })

  it('writes the same parts again, and leaves none of an earlier split', async () => {
    const contents = async () =>
      new Map(
        await Promise.all(
          signedAside(await partsIn('out')).map(
            async (name) => [name, await readFile(at('out', name), 'hex')] as const,
          ),
        ),
      )
    const before = await contents()
    await build('old', ['--split', '600KB', '--sign', at('key')])
    expect((await contents()).size).toBeGreaterThan(before.size)
    await build('old', ['--split', SIZE, '--sign', at('key')])
    expect(await contents()).toEqual(before)
  })

  it('removes the parts of an archive that it replaces', async () => {
    await build('old', ['--split', SIZE, '--role', 'edge'], 'replaced')
    await build('next', ['--role', 'edge'], 'replaced')
    expect(await partsIn('replaced')).toEqual([])
  })

  it('splits deltas, and leaves nothing of full archives with --only-delta', async () => {
    const more = ['--since', at('out', EDGE), '--only-delta', '--split', SIZE, '--role', 'edge']
    await build('next', more, 'delta')
    const names = await readdir(at('delta'))
    expect(names).toContain(`${DELTA}.tar.gz.part001`)
    expect(names).toContain(`${DELTA}.tar.gz.parts.sha256`)
    expect(names.filter((name) => name.startsWith(EDGE))).toEqual([])
  })

  it.each([
    ['0', 2, 'must be a size such as 4GB'],
    ['many', 2, 'must be a size such as 4GB'],
    ['1KB', 2, 'SPLIT_TOO_SMALL'],
  ])('refuses --split %s', async (size, code, words) => {
    const small = await smallRelease({ folder: work })
    const release = await small.write(at('release-old'))
    const places = ['--store', at('store'), '--offline', '--out', at('refused')]
    const ran = await program.run(['build', release, '--platform', 'linux/amd64', ...places, '--split', size])
    expect(ran).toMatchObject({ code, stderr: expect.stringContaining(words) })
  })
})

describe('parts', () => {
  /** The parts alone, as they lie on a medium. */
  async function medium(name: string): Promise<string> {
    await rm(at(name), { recursive: true, force: true })
    await mkdir(at(name))
    await shell(`cp ${EDGE}.part* ${at(name)}`)
    return at(name)
  }

  it('are verified and inspected as the archive, by any of their names', async () => {
    const folder = await medium('medium')
    for (const name of [
      folder,
      ...['', '.part001', '.parts.sha256'].map((end) => `${folder}/${EDGE}${end}`),
    ]) {
      const ran = await program.run(['verify', name, '--pubkey', at('key.pub'), '--json'])
      expect(ran).toMatchObject({ code: 0 })
      const [verified, ...more] = JSON.parse(ran.stdout).verified
      expect(more).toEqual([])
      expect(verified).toMatchObject({
        ok: true,
        signature: 'valid',
        besideChecked: [`${EDGE}.parts.sha256`, `${EDGE}.parts.sha256.minisig`],
        proved: expect.stringContaining('every byte is as edgelift wrote it'),
      })
    }
    const all = (await readdir(folder)).map((name) => path.join(folder, name))
    const ran = await program.run(['verify', ...all, '--json'])
    expect(JSON.parse(ran.stdout).verified).toHaveLength(1)
    const inspected = await program.run(['inspect', `${folder}/${EDGE}.part002`, '--json'])
    expect(JSON.parse(inspected.stdout).size).toBe((await stat(at('out', EDGE))).size)
  })

  it.each([
    ['missing', `rm ${EDGE}.part003`, `missing: ${EDGE}.part003`],
    [
      'damaged',
      `printf x | dd of=${EDGE}.part002 bs=1 seek=500000 conv=notrunc`,
      `${EDGE}.part002 is damaged`,
    ],
    ['cut', `truncate -s 900000 ${EDGE}.part001`, `${EDGE}.part001 is damaged`],
    [
      'exchanged',
      `mv ${EDGE}.part001 x; mv ${EDGE}.part002 ${EDGE}.part001; mv x ${EDGE}.part002`,
      `${EDGE}.part001 holds ${EDGE}.part002`,
    ],
    [
      'exchanged, and the list with them',
      `mv ${EDGE}.part001 x; mv ${EDGE}.part002 ${EDGE}.part001; mv x ${EDGE}.part002; sha256sum ${EDGE}.part00? > ${EDGE}.parts.sha256`,
      'not an archive',
    ],
    [
      'another byte, and the list with it',
      `printf x | dd of=${EDGE}.part002 bs=1 seek=500000 conv=notrunc; sha256sum ${EDGE}.part00? > ${EDGE}.parts.sha256`,
      'SIGNATURE_INVALID',
    ],
  ])('are refused by name: %s', async (_title, damage, words) => {
    const folder = await medium('medium')
    await shell(damage, folder)
    const ran = await program.run(['verify', `${folder}/${EDGE}.part001`, '--pubkey', at('key.pub')])
    expect(ran.code).toBeGreaterThanOrEqual(words === 'not an archive' ? 2 : 4)
    expect(ran.stderr).toContain(words)
  })

  it('serve as the base of a delta', async () => {
    const folder = await medium('medium')
    await mkdir(at('site'), { recursive: true })
    await mustExec(exec, 'sh', ['-c', `cat ${DELTA}.tar.gz.part[0-9]* | tar xz -C ${at('site')}`], {
      cwd: at('delta'),
    })
    const env = { ...process.env, EDGELIFT_DIRECTORY: at('site', DELTA), EDGELIFT_LANG: 'en' }
    const installer = path.join(repositoryRoot, 'dist/installer.mjs')
    const bases = (await readdir(folder))
      .filter((name) => /part/.test(name))
      .map((name) => `${folder}/${name}`)
    const complete = () => exec(process.execPath, [installer, 'complete', '--base', ...bases], { env })
    await shell(
      `cp ${EDGE}.part002 x && printf x | dd of=${EDGE}.part002 bs=1 seek=500000 conv=notrunc`,
      folder,
    )
    expect(await complete()).toMatchObject({ code: 4, stderr: expect.stringContaining('part002 is damaged') })
    await shell(`mv x ${EDGE}.part002`, folder)
    expect(await complete()).toMatchObject({ code: 0, stderr: '' })
    const completed = at('site', 'small-edge-amd64')
    expect(await shell('sha256sum -c --quiet SHA256SUMS', completed)).toMatchObject({ code: 0 })
  })
})

it('a delta’s launcher takes the runtime out of a base in parts', async () => {
  const base = at('fake', 'base')
  await mkdir(path.join(base, 'runtime'), { recursive: true })
  const loader = '#!/bin/sh\necho "ran with $*"\n'
  await writeFile(path.join(base, 'runtime', 'ld-linux-x'), loader)
  await chmod(path.join(base, 'runtime', 'ld-linux-x'), 0o755)
  const hex = createHash('sha256').update(loader).digest('hex')
  await writeFile(path.join(base, 'SHA256SUMS'), `${hex}  runtime/ld-linux-x\n`)
  await shell(
    'tar czf b.tar.gz base && split -b 100 -d -a 3 --numeric-suffixes=1 b.tar.gz b.tar.gz.part',
    at('fake'),
  )
  await shell('rm b.tar.gz && sha256sum b.tar.gz.part* > b.tar.gz.parts.sha256', at('fake'))
  await writeFile(at('fake', 'installer.mjs'), 'a program')
  const launcher = at('fake', 'edgelift')
  await writeFile(launcher, await readFile(path.join(repositoryRoot, 'packages/installer/launcher/complete')))
  for (const name of ['b.tar.gz', 'b.tar.gz.part001', 'b.tar.gz.parts.sha256']) {
    const ran = await exec('sh', [launcher, 'complete', '--base', at('fake', name)], {
      env: { ...process.env, EDGELIFT_LANG: 'en' },
    })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('runtime/node') })
  }
})
