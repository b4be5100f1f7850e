import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exec } from './exec.ts'
import { takes } from './program-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-program-'))
})
afterEach(() => rm(folder, { recursive: true }))

const TRUE = await readFile('/bin/true')
/** Of a machine that this one is not: s390 (elf.h). */
const foreign = () => {
  const program = Buffer.from(TRUE)
  program.writeUInt16LE(22, 18)
  return program
}
async function put(content: string | Buffer): Promise<string> {
  const file = path.join(folder, 'tool')
  await writeFile(file, content)
  await chmod(file, 0o755)
  return file
}

describe('a file that the system would have sh read', () => {
  it.each<[string, () => string | Buffer, (file: string) => string]>([
    ['is empty', () => '', (file) => `${file} is empty`],
    [
      'holds zeros only',
      () => Buffer.alloc(9000),
      (file) => `${file} is not a program that this machine can run`,
    ],
    ['holds blanks only', () => ' \n\n', (file) => `${file} is not a program that this machine can run`],
    ['lacks its end', () => TRUE.subarray(0, TRUE.length / 2), (file) => `the end of ${file} is missing`],
    ['is cut off within its header', () => TRUE.subarray(0, 40), (file) => `the end of ${file} is missing`],
    ['is for another machine', foreign, (file) => `${file} is not a program that this machine can run`],
  ])('is no success: it %s', async (_how, content, because) => {
    const file = await put(content())
    for (const run of [
      () => exec(file, []),
      () => exec('tool', [], { env: { PATH: `/no/such:${folder}` } }),
      () => exec('./tool', [], { cwd: folder }),
      () => exec('env', ['A=b', file, 'version']),
    ])
      await expect(run()).rejects.toMatchObject({ code: 'COMMAND_UNUSABLE', because: { en: because(file) } })
  })

  it('says in both languages what it is and what to do', async () => {
    const file = await put('')
    await expect(exec(file, [])).rejects.toMatchObject({
      what: { en: `cannot run ${file}`, zh: `无法运行 ${file}` },
      because: { zh: `${file} 是空文件` },
      fix: {
        en: expect.stringContaining('unpack the archive again'),
        zh: expect.stringContaining('重新解包'),
      },
    })
  })
})

it.each<[string, () => string | Buffer, string]>([
  ['a program of this machine', () => TRUE, ''],
  ['a script', () => '#!/bin/sh\necho done\n', 'done\n'],
  ['a script that names no interpreter', () => 'echo done\n', 'done\n'],
])('runs %s', async (_what, content, stdout) => {
  expect(await exec(await put(content()), [])).toEqual({ code: 0, stdout, stderr: '' })
})

it('takes the program that can be run, where one of its name in PATH cannot', async () => {
  const file = await put('')
  await chmod(file, 0o644)
  expect((await exec('tool', [], { env: { PATH: folder } }).catch((error) => error)).because.en).toContain(
    'permission',
  )
  expect((await exec('true', [], { env: { PATH: `${folder}:/bin` } })).code).toBe(0)
})

it.each([
  ['enabled\ninterpreter /usr/bin/qemu\nflags: \noffset 1\nmagic 0a0b\n', true],
  ['enabled\ninterpreter /usr/bin/qemu\nflags: \noffset 0\nmagic 0a0b\n', false],
  ['enabled\ninterpreter /usr/bin/qemu\nflags: \noffset 0\nmagic ff0a0c\nmask 00ffff\n', false],
  ['enabled\ninterpreter /usr/bin/qemu\nflags: \noffset 0\nmagic ff0a0b\nmask 00ffff\n', true],
  ['disabled\ninterpreter /usr/bin/qemu\nflags: \noffset 1\nmagic 0a0b\n', false],
  ['enabled\ninterpreter /usr/bin/java\nflags: \nextension .jar\n', true],
  ['enabled\ninterpreter /usr/bin/java\nflags: \nextension .wasm\n', false],
  ['', false],
])('knows what a handler of the kernel takes: %j', (handler, expected) => {
  expect(takes(handler, '/opt/tool.jar', Buffer.from([9, 10, 11]))).toBe(expected)
})
