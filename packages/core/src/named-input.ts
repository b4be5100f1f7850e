import { channel } from 'node:diagnostics_channel'
import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { systemError } from './file-errors.ts'
import { READ_LIMIT } from './regular-file.ts'

/** Milliseconds after which the one who runs the program should hear what it is waiting for. */
const PATIENCE = 3_000

/** Where {@link InputAwaited} is published, once for each input that keeps the program waiting. */
export const inputAwaited = channel('edgelift:input-awaited')

/** What is not at its end yet; undefined stands for standard input. */
export interface InputAwaited {
  readonly file: string | undefined
}

/**
 * The bytes of a file that somebody named; a pipe (`<(...)`) is one too. Nothing blocks while a pipe has no writer: a signal
 * still ends the process. A system error always carries the file's path, by which it is told.
 */
export async function readNamed(file: string): Promise<Buffer> {
  try {
    return await collect(opened(file), file)
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path: file }) : error
  }
}

/**
 * The text of a file that somebody named, as {@link readNamed}: UTF-8, or UTF-16 with its byte order mark, as libyaml reads
 * and as Windows writes. A byte order mark of UTF-8 stays.
 * @param invalid whether bytes of another encoding (GBK) are an error or become U+FFFD
 */
export async function readNamedText(
  file: string,
  invalid: 'refused' | 'replaced' = 'refused',
): Promise<string> {
  const bytes = await readNamed(file)
  try {
    return decodedText(bytes, invalid)
  } catch {
    throw systemError('EILSEQ', file)
  }
}

/**
 * Text that others wrote, as {@link readNamedText} reads a file.
 * @throws TypeError where bytes of another encoding are refused
 */
export function decodedText(bytes: Uint8Array, invalid: 'refused' | 'replaced' = 'replaced'): string {
  const encoding = encodingOf(bytes)
  const options = { fatal: invalid === 'refused', ignoreBOM: encoding === 'utf-8' }
  return new TextDecoder(encoding, options).decode(bytes)
}

/** YAML 1.2.2, 5.2: what the first bytes say. */
function encodingOf(bytes: Uint8Array): string {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8'
}

/** The text of standard input, read without blocking, as {@link readNamed}. */
export async function readInputText(): Promise<string> {
  return (await collect(process.stdin, undefined)).toString('utf8')
}

function opened(file: string): Readable {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return fstatSync(fd).isFIFO()
      ? new Socket({ fd, readable: true, writable: false })
      : createReadStream(file, { fd })
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Inputs that are being read. Kept here, for the whole process: a signal ends the reading of all of them. */
const reading = new Set<Readable>()

/** Ends the reading of every named input with an error: a pipe without a writer would keep a command that is to end. */
export function stopReadingInputs(): void {
  for (const stream of reading) stream.destroy(new Error('stopped by a signal'))
}

async function collect(stream: Readable, file: string | undefined): Promise<Buffer> {
  reading.add(stream)
  const chunks: Buffer[] = []
  let size = 0
  const timer = setTimeout(() => inputAwaited.publish({ file } satisfies InputAwaited), PATIENCE)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > READ_LIMIT) throw systemError('EFBIG')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(timer)
    reading.delete(stream)
  }
}
