import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { damagedPrograms, K3S_PROGRAMS } from './programs.ts'
import { k3sPrograms } from './programs-step.ts'

const BUILD = `${K3S_PROGRAMS}/${'0a'.repeat(32)}`
const OTHER = `${K3S_PROGRAMS}/${'0b'.repeat(32)}`
const PROGRAMS = ['containerd', 'k3s', 'runc']
const UNPACK = '/usr/local/bin/k3s kubectl options'

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('systemctl is-active', { code: 3, stdout: 'activating\n' })
  on.script(UNPACK, async () => {
    await unpacked(BUILD)
    return ''
  })
})
afterEach(() => on[Symbol.asyncDispose]())

async function unpacked(folder: string, sums?: string): Promise<void> {
  for (const name of PROGRAMS) await on.put(`${folder}/bin/${name}`, `program ${name}`)
  await on.put(`${folder}/bin/.sha256sums`, sums ?? PROGRAMS.map(sumOf).join(''))
}

function sumOf(name: string): string {
  return `${createHash('sha256').update(`program ${name}`).digest('hex')}  ./${name}\n`
}

it('finds nothing where K3s has not unpacked anything, or all is as it was', async () => {
  expect(await damagedPrograms(on.host)).toEqual(new Map())
  await unpacked(BUILD)
  await unpacked(OTHER)
  await on.put(`${K3S_PROGRAMS}/${'0c'.repeat(32)}-tmp/bin/k3s`)
  expect(await damagedPrograms(on.host)).toEqual(new Map())
  expect(await check(await on.run(), k3sPrograms({}))).toBe(true)
})

it.each<[string, () => Promise<void>, string[]]>([
  ['empty', () => on.put(`${BUILD}/bin/runc`), ['runc']],
  ['cut off', () => on.put(`${BUILD}/bin/k3s`, 'progr'), ['k3s']],
  ['of zeros', () => on.put(`${BUILD}/bin/k3s`, '\0'.repeat(11)), ['k3s']],
  ['gone', () => rm(path.join(on.root, `${BUILD}/bin/containerd`)), ['containerd']],
  ['the list', () => on.put(`${BUILD}/bin/.sha256sums`), ['.sha256sums']],
])('unpacks again where a program is %s', async (_what, damage, names) => {
  await unpacked(BUILD)
  await unpacked(OTHER)
  await damage()
  const step = k3sPrograms({})
  const run = await on.run()
  expect(await step.kind.drift?.(run, step.inputs as never)).toMatchObject([
    { place: BUILD, state: 'damaged', fields: names.map((name) => `bin/${name}`) },
  ])
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await damagedPrograms(on.host)).toEqual(new Map())
  expect(await on.text(`${BUILD}/bin/k3s`)).toBe('program k3s')
  expect(await on.text(`${OTHER}/bin/k3s`)).toBe('program k3s')
  const synced = on.calls.findIndex((line) => line.startsWith('sync -f') && line.endsWith(K3S_PROGRAMS))
  expect(synced).toBeGreaterThan(on.calls.indexOf(UNPACK))
  expect(on.calls.filter((line) => line.includes('restart'))).toEqual([])
  expect(on.events).toHaveLength(1)
})

it('takes a build that names no digests by what is empty', async () => {
  await unpacked(BUILD)
  await rm(path.join(on.root, `${BUILD}/bin/.sha256sums`))
  expect(await damagedPrograms(on.host)).toEqual(new Map())
  await on.put(`${BUILD}/bin/runc`)
  expect(await damagedPrograms(on.host)).toEqual(new Map([[BUILD, [`${BUILD}/bin/runc`]]]))
  await rm(path.join(on.root, BUILD, 'bin'), { recursive: true })
  expect(await damagedPrograms(on.host)).toEqual(new Map([[BUILD, [`${BUILD}/bin`]]]))
})

it('restarts a K3s that runs, since what it starts is damaged', async () => {
  await unpacked(BUILD)
  await on.put(`${BUILD}/bin/runc`)
  on.script('systemctl', '')
  on.script('systemctl is-active', 'active')
  await apply(await on.run(), k3sPrograms({}))
  expect(on.calls.indexOf('systemctl restart --no-block k3s.service')).toBeGreaterThan(
    on.calls.indexOf(UNPACK),
  )
})
