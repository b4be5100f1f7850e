import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { endProcesses } from './processes.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-processes-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What /proc says of a process that really runs, whose end is told by hand. */
async function processOf(pid: number, program: string) {
  const at = (file: string) => path.join(root, 'proc', file)
  await mkdir(at(`${pid}/ns`), { recursive: true })
  await mkdir(at('self/ns'), { recursive: true })
  await symlink('mnt:[1]', at('self/ns/mnt'))
  await symlink('mnt:[1]', at(`${pid}/ns/mnt`))
  await symlink(program, at(`${pid}/exe`))
  return (state: string, command: string) =>
    Promise.all([
      writeFile(at(`${pid}/status`), `Name:\tx\nState:\t${state}\nPPid:\t1\n`),
      writeFile(at(`${pid}/cmdline`), command),
    ])
}

it('waits for a killed process until it has closed what it had open, which is after its arguments are gone', async () => {
  const child = spawn('sleep', ['60'])
  const says = await processOf(child.pid ?? 0, '/opt/x/shim')
  await says('S (sleeping)', 'shim\0')
  const host = { root, env: {}, now: Date.now, exec }
  let isDone = false
  const ended = endProcesses(host, { programs: ['/opt/x/shim'] }).then(() => {
    isDone = true
  })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  await says('R (running)', '')
  await sleep(200)
  expect(isDone).toBe(false)
  await says('Z (zombie)', '')
  await ended
})

it('tells of a program that the kernel does not end', async () => {
  const child = spawn('sleep', ['60'])
  const says = await processOf(child.pid ?? 0, '/opt/x/shim')
  await says('D (disk sleep)', 'shim\0')
  const host = { root, env: {}, now: Date.now, exec }
  await expect(endProcesses(host, { programs: ['/opt/x/shim'] }, 100)).rejects.toMatchObject({
    code: 'STEP_FAILED',
    what: { en: `cannot end /opt/x/shim (PID ${child.pid})` },
  })
})

it('leaves other programs alone', async () => {
  const child = spawn('sleep', ['60'])
  const says = await processOf(child.pid ?? 0, '/opt/x/other')
  await says('S (sleeping)', 'other\0')
  await endProcesses({ root, env: {}, now: Date.now, exec }, { programs: ['/opt/x/shim'] })
  expect(child.exitCode ?? child.signalCode).toBeNull()
  child.kill()
})
