import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { fail } from './codes.ts'
import { EdgeliftError, isErrno } from './errors.ts'
import { namingPath, systemError } from './file-errors.ts'
import type { Text } from './text.ts'

/**
 * Opens a regular file for reading. Anything else (a pipe that nobody writes to, a terminal, an endless device) is
 * refused without waiting for it: `O_NONBLOCK` lets the open itself return.
 * @throws FILE_NOT_REGULAR, the file system's errors
 */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw isErrno(error, 'ENXIO', 'ENODEV') ? notRegular(file) : error // a socket, a device without a driver
  })
  const found = await handle.stat()
  if (found.isFile()) return handle
  await handle.close()
  throw notRegular(file, found)
}

/** Whether {@link openRegular} has refused what it was to open. */
export function isNotRegular(error: unknown): boolean {
  return error instanceof EdgeliftError && error.code === 'FILE_NOT_REGULAR'
}

const NAME_A_FILE: Text = { en: 'name a file', zh: '请指定文件' }

/** The error for what stands where a regular file belongs. @param fix for a file that the user has not named */
export function notRegular(file: string, found?: Stats, fix: Text = NAME_A_FILE): EdgeliftError {
  return fail('FILE_NOT_REGULAR', {
    what: { en: `${file} is not a regular file`, zh: `${file} 不是普通文件` },
    because: kindOf(found),
    fix,
  })
}

function kindOf(found: Stats | undefined): Text {
  if (found?.isDirectory()) return { en: 'it is a directory', zh: '它是目录' }
  if (found?.isFIFO()) return { en: 'it is a named pipe', zh: '它是命名管道' }
  if (found?.isSymbolicLink())
    return { en: 'it is a symbolic link that leads to no file', zh: '它是未指向文件的符号链接' }
  return { en: 'it is a socket or a device', zh: '它是套接字或设备' }
}

/** Bytes that a file may have which is read as a whole: settings, records and certificates are far smaller. */
export const READ_LIMIT = 64 * 1024 * 1024

/**
 * The bytes of a file that has to be a regular one, such as a part of an unpacked archive; {@link openRegular}. The
 * file system's errors name the file.
 * @throws FILE_NOT_REGULAR, the file system's errors, EFBIG beyond {@link READ_LIMIT}
 */
export async function readRegular(file: string): Promise<Buffer> {
  const handle = await openRegular(file)
  try {
    if ((await handle.stat()).size > READ_LIMIT) throw systemError('EFBIG')
    return await handle.readFile()
  } catch (error) {
    return namingPath(file)(error)
  } finally {
    await handle.close()
  }
}
