import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { replaceFile } from './atomic-file.ts'
import { asEdgeliftError } from './cli/shell.ts'
import { fileErrorWords } from './file-errors.ts'
import { readNamed } from './named-input.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-file-errors-'))
  await symlink('loop', path.join(folder, 'loop'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('what the system says of a file', () => {
  it.each([
    ['absent', 'no such file or directory', '文件或目录不存在'],
    ['.', 'it is a directory', '这是一个目录'],
    ['loop', 'too many symbolic links', '符号链接层数过多'],
    ['x'.repeat(300), 'the name is too long', '名称过长'],
  ])('is said in both languages: %s', async (name, en, zh) => {
    const file = `${folder}/${name}`
    const error: unknown = await readNamed(file).catch((problem) => problem)
    expect(fileErrorWords(error)).toEqual({ en, zh })
    expect(asEdgeliftError(error)).toMatchObject({ code: 'FILE_UNUSABLE', because: { en, zh } })
  })

  it('tells a file in the place of a directory', async () => {
    const file = path.join(folder, 'file')
    await writeFile(file, '')
    const error: unknown = await mkdir(file, { recursive: true }).catch((problem: unknown) => problem)
    expect(fileErrorWords(error).en).toBe('it is a file, not a directory')
    expect(asEdgeliftError(error)).toMatchObject({ because: { zh: '这是一个文件，不是目录' } })
  })

  it.each(['EFBIG', 'EIO'])('of an open file is no defect of the program: %s', (code) => {
    const told = asEdgeliftError(Object.assign(new Error(`${code}: words, write`), { code, errno: -5 }))
    expect(told).toMatchObject({ code: 'FILE_UNUSABLE', because: { zh: expect.stringMatching(/过大|输入/) } })
    expect(told.fix?.zh).toMatch(/磁盘/)
  })

  it.each([
    ['EPERM', 'open', /chattr -i/],
    ['ELOOP', 'open', /namei -l/],
    ['ENOTDIR', 'open', /move it away/],
    ['EIO', 'read', /dmesg/],
    ['EMFILE', 'open', /ulimit -n/],
    ['EFBIG', 'write', /ulimit -f/],
    ['EFBIG', 'read', /the right file/],
    ['EACCES', 'open', /permissions/],
  ])('has a fix of its own: %s of %s', (code, syscall, fix) => {
    const error = Object.assign(new Error(`${code}: words`), { code, errno: -1, syscall, path: '/etc/hosts' })
    const told = asEdgeliftError(error)
    expect(told).toMatchObject({ code: 'FILE_UNUSABLE', what: { en: 'cannot use /etc/hosts' } })
    expect(told.fix?.en).toMatch(fix)
    expect(told.fix?.zh).toMatch(/请/)
  })

  it.each(['ENOSPC', 'EIO', 'EFBIG'])('names the file that was being written: %s', async (code) => {
    const file = path.join(folder, 'target')
    const failing = () =>
      Promise.reject(Object.assign(new Error(`${code}: words, write`), { code, errno: -1, syscall: 'write' }))
    const told = asEdgeliftError(await replaceFile(file, 0o600, failing).catch((error: unknown) => error))
    expect(told.what.en).toContain(file)
    expect(told.what.zh).toContain(file)
  })

  it('is left in its own words where it is something else', () => {
    expect(fileErrorWords(new Error('EODD: odd'))).toEqual({
      en: 'EODD: odd',
      zh: 'EODD: odd',
    })
    expect(fileErrorWords('odd').zh).toBe('odd')
  })
})
