import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** Bytes of a file that somebody names: settings, keys, lists and manifests are far smaller. Devices have no end. */
const NAMED_LIMIT = 64 * 1024 * 1024

/**
 * The bytes of a file that somebody named; a pipe (`<(...)`) is one too. Nothing blocks while a pipe has no writer: a signal
 * still ends the process. A system error always carries the file's path, by which it is told.
 */
export async function readNamed(file: string): Promise<Buffer> {
  try {
    return await collect(opened(file))
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path: file }) : error
  }
}

/** The text of a file that somebody named, as {@link readNamed}. */
export async function readNamedText(file: string): Promise<string> {
  return (await readNamed(file)).toString('utf8')
}

/** The text of standard input, read without blocking, as {@link readNamed}. */
export async function readInputText(): Promise<string> {
  return (await collect(process.stdin)).toString('utf8')
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

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > NAMED_LIMIT) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** As the system itself says it (errno(3)). */
function tooLarge(): Error {
  return Object.assign(new Error('EFBIG: file too large, read'), {
    code: 'EFBIG',
    errno: -27,
    syscall: 'read',
  })
}
