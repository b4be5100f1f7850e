import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { isErrno, lastLines } from '@edgelift/core'
import type { NodeExecOptions, NodeExecResult, RunningCommand } from './types.ts'

/** How long the streams of an ended command are waited for: a daemon that it started may hold them open for ever. */
const DRAIN = 300
const KEEP = 16 * 1024 * 1024

export interface Launch {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A started command, with a way to its own process number, which is written to descriptor 3. */
export interface Started extends RunningCommand {
  readonly child: ChildProcess
}

export function start(launch: Launch, input?: string | Uint8Array): Started {
  const child = spawn(launch.program, launch.args, {
    env: launch.env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('a pipe is missing')
  stdin.on('error', () => {})
  stdin.end(input)
  const out = collect(stdout)
  const err = collect(stderr)
  const forLines = stdout.pipe(new PassThrough({ highWaterMark: KEEP }))
  const group = processNumber(child)
  const done = new Promise<NodeExecResult>((resolve, reject) => {
    const finish = (code: number | null) => resolve({ code: code ?? 137, stdout: out(), stderr: err() })
    child.on('error', reject)
    child.on('close', finish)
    child.on('exit', (code) =>
      setTimeout(() => {
        forLines.end()
        finish(code)
      }, DRAIN).unref(),
    )
  })
  done.catch(() => {})
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const pid = await group
    if (pid !== undefined) signalGroup(pid, signal)
  }
  return { child, done, kill, lines: createInterface({ input: forLines }) }
}

/** Runs a command to its end, under a deadline. @throws Error when it fails and `check` is not false */
export async function run(launch: Launch, words: string, options: NodeExecOptions): Promise<NodeExecResult> {
  const result = await withDeadline(start(launch, options.input), options.timeout)
  if (result.code !== 0 && options.check !== false) throw commandFailed(words, result)
  return result
}

/** Waits for a command; it is killed, and its code is 124, when it takes longer than `timeout` ms (ten minutes). */
export async function withDeadline(command: RunningCommand, timeout = 600_000): Promise<NodeExecResult> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    void command.kill()
  }, timeout)
  try {
    const ended = await command.done
    return late ? { ...ended, code: 124 } : ended
  } finally {
    clearTimeout(timer)
  }
}

/** The error of a command that had to succeed: what it was, how it ended, what it printed last. */
export function commandFailed(words: string, result: NodeExecResult): Error {
  const printed = [lastLines(result.stdout, 30), lastLines(result.stderr, 30)].filter((text) => text !== '')
  return new Error([`${words}: code ${result.code}`, ...printed].join('\n'))
}

/** What the child writes to descriptor 3 before anything else; undefined when it ended without a word. */
function processNumber(child: ChildProcess): Promise<number | undefined> {
  const stream = child.stdio[3]
  if (stream === null || stream === undefined || !('read' in stream)) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    let text = ''
    stream.on('data', (chunk) => {
      text += String(chunk)
      if (text.includes('\n')) resolve(Number(text))
    })
    stream.on('error', () => resolve(undefined))
    stream.on('close', () => resolve(undefined))
  })
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    while (size > KEEP && chunks.length > 1) size -= chunks.shift()?.length ?? 0
  })
  return () => Buffer.concat(chunks).toString('utf8')
}
