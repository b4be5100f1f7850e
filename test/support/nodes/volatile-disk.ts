import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { goBuild } from '../kubernetes/go-build.ts'
import { digest, nodesFolder, once } from './cache.ts'

/** A file of this machine that is a disk with a write cache of its own; see volatile-disk/main.go. */
export interface VolatileDevice {
  /** What a loop device is made of. */
  readonly file: string
  /** Ends it at once: of what was not flushed, each block is on the medium or not. */
  losePower(): Promise<void>
}

export interface VolatileDeviceOptions {
  /** Keeps what reaches the disk; one device after the other may be made of it. */
  readonly medium: string
  /** An empty folder, mounted until the power is lost and it is unmounted. */
  readonly folder: string
  /** The program joins these control groups, by which it is found when its owner is gone. */
  readonly cgroups: readonly string[]
}

/** @throws Error with the program's words when it does not start */
export async function startVolatileDevice(options: VolatileDeviceOptions): Promise<VolatileDevice> {
  const { medium, folder, cgroups } = options
  const program = await volatileDiskProgram()
  await mkdir(folder, { recursive: true })
  const join = cgroups.map((group) => `echo 0 > ${group}/cgroup.procs`).join('; ')
  const start = `${join}; exec "$0" "$@"`
  const child = spawn('sh', ['-ec', start, program, medium, folder, String(randomInt(2 ** 31))], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  let words = ''
  child.stderr.on('data', (chunk) => {
    words += String(chunk)
  })
  const ready = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)))
  if (!(await Promise.race([ready, ended.then(() => false)])))
    throw new Error(`a disk with a write cache needs FUSE (/dev/fuse): ${words}`)
  return {
    file: path.join(folder, 'disk'),
    losePower: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The compiled program, by the digest of its sources. */
async function volatileDiskProgram(): Promise<string> {
  const sources = path.join(import.meta.dirname, 'volatile-disk')
  const names = (await readdir(sources)).filter((name) => !name.endsWith('_test.go')).sort()
  const texts = await Promise.all(names.map((name) => readFile(path.join(sources, name), 'utf8')))
  const program = path.join(nodesFolder(), `volatile-disk-${digest(texts.join('\0')).slice(0, 12)}`)
  await once(program, async (temporary) => {
    await rm(temporary, { force: true })
    await goBuild({ module: '../nodes/volatile-disk', package: '.' }, temporary)
  })
  return program
}
