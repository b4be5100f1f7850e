import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { repositoryRoot } from '../upstream/places.ts'

/** What a run of the program left. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The most memory that it held, in bytes, as far as was seen. */
  readonly peak: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
}

export interface Program {
  /** Where it lies: `edgelift.mjs`. */
  readonly file: string
  start(args: readonly string[], options?: RunOptions): Running
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
}

interface RunOptions {
  readonly node?: string
  /** What differs from this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** The builder as it is shipped, in a folder of its own: nobody bundles it anew while a test runs. */
export async function bundledProgram(folder: string): Promise<Program> {
  await mustExec(exec, process.execPath, [path.join(repositoryRoot, 'scripts/bundle.mjs')])
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'edgelift.mjs')
  await copyFile(path.join(repositoryRoot, 'dist', 'edgelift.mjs'), file)
  const start: Program['start'] = (args, { node = process.execPath, env: more = {} } = {}) => {
    const own = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', DOCKER_CONFIG: folder, CI: '1' }
    const env = { ...process.env, ...own, ...more }
    const child = spawn(node, [file, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return { child, ended: ended(child) }
  }
  return { file, start, run: (args, options) => start(args, options).ended }
}

function ended(child: ChildProcess): Promise<Ran> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  let peak = 0
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0))
  }, 50)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(watch)
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 1), stdout: text(out), stderr: text(err), peak })
    })
  })
}
