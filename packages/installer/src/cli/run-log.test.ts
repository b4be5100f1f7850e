import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { same, type WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { newestLogs, openRunLog } from './run-log.ts'

let root = ''
let host: Host
const shown: WorkEvent[] = []
const context = { report: (event: WorkEvent) => void shown.push(event) }
const START = Date.UTC(2026, 0, 1)

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-log-'))
  host = { root, env: {}, now: () => START, exec: () => Promise.reject(new Error('nothing is run here')) }
  shown.length = 0
})
afterEach(() => rm(root, { recursive: true }))

const names = () => readdir(path.join(root, 'var/log/edgelift'))
const note = (text: string): WorkEvent => ({ type: 'note', level: 'info', text: same(text) })
const TOKEN = `${'a'.repeat(64)}.eyJhbGciOi.eyJleHAi.sig-na_ture`

it('writes nothing before the work, and then all that was told, without tokens', async () => {
  const log = await openRunLog(host, 'install', context)
  log.report(note('early'))
  await expect(names()).rejects.toMatchObject({ code: 'ENOENT' })
  await log.during(async () => log.report(note(`edgecore says ${TOKEN}.`)))
  const file = path.join(root, log.file)
  const time = '2026-01-01T00:00:00.000Z'
  expect((await readFile(file, 'utf8')).split('\n')).toEqual([
    `${time} early`,
    `${time} install begins`,
    `${time} edgecore says (token).`,
    `${time} install is done`,
    '',
  ])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await newestLogs(host, 1)).toEqual([log.file])
})

it('writes an error with cause and fix, names the log and lets the error through', async () => {
  const log = await openRunLog(host, 'cleanup', context)
  const error = fail('STEP_FAILED', { what: 'it broke', because: 'of rust', fix: 'oil' })
  await expect(log.during(() => Promise.reject(error))).rejects.toBe(error)
  expect(await readFile(path.join(root, log.file), 'utf8')).toMatch(
    /error\[STEP_FAILED\]: it broke\n\S+ cause: of rust\n\S+ fix: oil/,
  )
  expect(shown).toContainEqual({
    type: 'note',
    level: 'info',
    text: expect.objectContaining({ en: `log: ${log.file}` }),
  })
})

it('keeps the newest twenty, and two of one second apart', async () => {
  const folder = path.join(root, 'var/log/edgelift')
  await mkdir(folder, { recursive: true })
  for (let day = 10; day < 35; day++)
    await writeFile(path.join(folder, `install-202501${day}T000000Z.log`), '')
  await writeFile(path.join(folder, 'theirs.log'), '')
  const first = await openRunLog(host, 'install', context)
  await first.during(async () => {})
  const second = await openRunLog(host, 'install', context)
  await second.during(async () => {})
  expect(second.file).not.toBe(first.file)
  expect(await newestLogs(host, 2)).toEqual([first.file, second.file])
  const left = await names()
  expect(left.filter((name) => name.startsWith('install-'))).toHaveLength(20)
  expect(left).toContain('theirs.log')
})

it('does not stop the work when there is no room for it', async () => {
  await mkdir(path.join(root, 'var'))
  await writeFile(path.join(root, 'var/log'), 'no folder')
  const log = await openRunLog(host, 'install', context)
  expect(await log.during(async () => 'done')).toBe('done')
  expect(shown).toContainEqual(expect.objectContaining({ level: 'warning' }))
})
