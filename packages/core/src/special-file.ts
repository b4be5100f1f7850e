import { lstat, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { fail } from './codes.ts'

/**
 * Refuses to put a file in the place of a pipe, a socket or a device, which a rename would remove: `/dev/null` of the whole
 * machine, where root asks for it. A link to one is none to replace either, nor what `/dev/stdout` leads through.
 * @throws FILE_NOT_REGULAR
 */
export async function refuseSpecial(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found !== undefined && !found.isFile() && !found.isDirectory()) throw special(file)
  if (!(await lstat(file).catch(() => undefined))?.isSymbolicLink()) return
  const folder = await realpath(path.dirname(file)).catch(() => '')
  if (/^\/(dev|proc)(\/(?!shm(\/|$))|$)/.test(folder)) throw special(file)
}

function special(file: string): Error {
  return fail('FILE_NOT_REGULAR', {
    what: { en: `cannot write to ${file}`, zh: `无法写入 ${file}` },
    because: {
      en: 'it is a pipe, a socket, a terminal or a device, which a file would replace',
      zh: '它是管道、套接字、终端或设备，写入会将其替换为文件',
    },
    fix: { en: 'name a regular file', zh: '请指定普通文件' },
  })
}
