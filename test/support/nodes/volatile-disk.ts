import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { goBuild } from '../kubernetes/go-build.ts'
import { compiled } from './cache.ts'
import { joinLine } from './cgroups.ts'

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
  const start = `${joinLine(cgroups)}; exec "$0" "$@"`
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
function volatileDiskProgram(): Promise<string> {
  const sources = path.join(import.meta.dirname, 'volatile-disk')
  const isSource = (name: string) => !name.endsWith('_test.go')
  return compiled({ name: 'volatile-disk', sources, isSource }, (_names, output) =>
    goBuild({ module: '../nodes/volatile-disk', package: '.' }, output),
  )
}
