import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { fail } from './codes.ts'
import { EdgeliftError, isErrno } from './errors.ts'

/**
 * Opens a regular file for reading. Anything else (a pipe that nobody writes to, a terminal, an endless device) is
 * refused without waiting for it: `O_NONBLOCK` lets the open itself return.
 * @throws FILE_NOT_REGULAR, the file system's errors
 */
export async function openRegular(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw isErrno(error, 'ENXIO', 'ENODEV') ? notRegular(file) : error // a socket, a device without a driver
  })
  const isFile = await handle.stat().then((found) => found.isFile())
  if (isFile) return handle
  await handle.close()
  throw notRegular(file)
}

/** Whether {@link openRegular} has refused what it was to open. */
export function isNotRegular(error: unknown): boolean {
  return error instanceof EdgeliftError && error.code === 'FILE_NOT_REGULAR'
}

function notRegular(file: string): Error {
  return fail('FILE_NOT_REGULAR', {
    what: { en: `${file} is not a regular file`, zh: `${file} 不是普通文件` },
    because: { en: 'it is a directory, a pipe, a socket or a device', zh: '它是目录、管道、套接字或设备' },
    fix: { en: 'name a file', zh: '请指定文件' },
  })
}

/**
 * The bytes of a file that has to be a regular one, such as a part of an unpacked archive; {@link openRegular}.
 * @throws FILE_NOT_REGULAR, the file system's errors
 */
export async function readRegular(file: string): Promise<Buffer> {
  const handle = await openRegular(file)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
