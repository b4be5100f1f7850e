import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { constants as system } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { fail } from './codes.ts'
import { aborted, ending } from './end-program.ts'
import { formatBytes } from './sizes.ts'
import { mustBeProgram, startError } from './start-error.ts'

/** The exit code of a program that was killed since its time was up, as timeout(1) has it. */
export const TIME_IS_UP = 124

/** How a program is called. No secret may stand in `args`: process lists are public. */
export interface ExecOptions {
  /** Written to standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array
  readonly cwd?: string
  /** The whole environment; the caller's own when left out. */
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds until the program and its children are killed. */
  readonly timeout?: number
  /** Once aborted, the program and its children are told to end, and killed where they do not. */
  readonly signal?: AbortSignal
  /** Bytes that are kept of each stream, the last of them; 16 MiB when left out. */
  readonly keep?: number
  /** Told of what the program prints on standard error, as it comes. */
  readonly onStderr?: (text: string) => void
}

export interface ExecResult {
  /** The exit code; 128 plus the signal's number when a signal ended it; {@link TIME_IS_UP}. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Of standard output, only the end was kept: it is not to be read as a whole. */
  readonly isCut?: true
}

/** The port through which programs are run, so that tests can watch or replace it. */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

const KEEP = 16 * 1024 * 1024

/**
 * Runs a program without a shell and collects what it prints, up to a limit of which the result tells.
 * A non-zero exit is a result, not an error.
 * @throws COMMAND_MISSING when there is no such program; COMMAND_UNUSABLE when there is, and it cannot be started, is empty, cut off
 * or for another machine; the file system's error for a `cwd` that cannot be used
 */
export const exec: Exec = async (command, args, options = {}) => {
  if (options.cwd !== undefined) await mustEnter(options.cwd)
  const start = { command, env: options.env ?? process.env, cwd: options.cwd }
  for (const one of [command, ...borrowed(command, args)]) await mustBeProgram({ ...start, command: one })
  const { input, cwd, env = process.env, timeout, signal, keep = KEEP } = options
  if (signal?.aborted) throw aborted(signal)
  return new Promise((resolve, reject) => {
    // A group of its own is one that can be ended with all its children.
    const detached = timeout !== undefined || signal !== undefined
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached })
    const out = collect(child.stdout, keep)
    const err = collect(child.stderr, keep)
    const { onStderr } = options
    if (onStderr !== undefined) {
      const decoder = new StringDecoder('utf8') // a letter may come in two chunks
      child.stderr.on('data', (chunk: Buffer) => onStderr(decoder.write(chunk)))
    }
    const settle = (code: number | null, killed: NodeJS.Signals | null) => {
      end.forget()
      if (signal?.aborted) reject(aborted(signal))
      else if (child.pid !== undefined)
        resolve({
          code: end.isLate() ? TIME_IS_UP : killed === null ? (code ?? 0) : 128 + system.signals[killed],
          stdout: out.text(),
          stderr: err.text(),
          ...(out.isCut() ? { isCut: true } : {}),
        })
    }
    const end = ending(child, options, () => settle(null, 'SIGKILL'))
    child.on('error', (error) => {
      end.forget()
      startError(start, error).then(reject, reject)
    })
    child.on('close', settle)
    // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** The program that env(1) starts in its own place. */
function borrowed(command: string, args: readonly string[]): string[] {
  return command === 'env' ? args.filter((one) => !one.includes('=')).slice(0, 1) : []
}

/**
 * Runs a program that has to succeed; returns its standard output.
 * @throws COMMAND_FAILED with the last lines that it printed, and where it printed more than is kept
 */
export async function mustExec(
  run: Exec,
  command: string,
  args: readonly string[],
  options?: ExecOptions,
): Promise<string> {
  const result = await run(command, args, options)
  if (result.code === 0 && result.isCut !== true) return result.stdout
  if (result.code === 0) throw tooMuch([command, ...args].join(' '), options?.keep ?? KEEP)
  const words = lastLines(result.stderr || result.stdout, 12)
  throw fail('COMMAND_FAILED', {
    what: {
      en: `${command} ${args.join(' ')} failed with exit code ${result.code}`,
      zh: `${command} ${args.join(' ')} 失败，退出码 ${result.code}`,
    },
    because: words || { en: 'it printed nothing', zh: '没有任何输出' },
    fix: {
      en: 'fix what it reports, then run the command again',
      zh: '请按其输出处理，然后重新运行',
    },
  })
}

function tooMuch(line: string, limit: number): Error {
  const most = formatBytes(limit)
  return fail('COMMAND_FAILED', {
    what: { en: `${line} printed more than ${most}`, zh: `${line} 的输出超过 ${most}` },
    because: { en: 'so much output is not read', zh: '不读取如此大量的输出' },
  })
}

/** The last `count` lines of a text that are not blank. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n')
}

function collect(
  stream: NodeJS.ReadableStream,
  keep: number,
): { readonly text: () => string; readonly isCut: () => boolean } {
  const chunks: Buffer[] = []
  let [size, isCut] = [0, false]
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    while (size > keep && chunks.length > 1) {
      size -= chunks.shift()?.length ?? 0
      isCut = true
    }
  })
  return { text: () => Buffer.concat(chunks).toString('utf8'), isCut: () => isCut }
}

/** @throws the file system's error for a folder in which nothing can run: Node would say it of the program */
async function mustEnter(folder: string): Promise<void> {
  // Through its own entry: a file has none.
  await access(`${folder}/.`, constants.X_OK).catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { path: folder }) : error
  })
}
