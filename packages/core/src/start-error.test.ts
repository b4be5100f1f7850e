import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exec } from './exec.ts'
import { startError } from './start-error.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-start-'))
})
afterEach(() => rm(folder, { recursive: true }))

const NO_SHELL = '#! /no/such/shell -e\n'
async function put(name: string, content: string | Buffer, mode = 0o755): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, content)
  await chmod(file, mode)
  return file
}
const failure = (command: string, options: Parameters<typeof exec>[2] = {}) =>
  exec(command, [], options).catch((error: unknown) => error)
const raised = (code: string) => Object.assign(new Error(code), { code })

it.each([
  ['by its path', (file: string) => failure(file)],
  ['in PATH', () => failure('tool', { env: { PATH: `/no/such:${folder}` } })],
  ['below the folder that it runs in', () => failure('./tool', { cwd: folder })],
])('calls no program missing whose interpreter is: called %s', async (_how, run) => {
  const file = await put('tool', NO_SHELL)
  expect(await run(file)).toMatchObject({
    code: 'COMMAND_UNUSABLE',
    because: {
      en: `the interpreter that ${file} names is missing: /no/such/shell`,
      zh: `${file} 指定的解释器不存在：/no/such/shell`,
    },
    fix: { en: `install /no/such/shell, or correct the first line of ${file}` },
  })
})

it('tells of a program whose loader is missing', async () => {
  const file = await put('tool', Buffer.from('\x7fELF'))
  const error = await startError({ command: file, env: {} }, raised('ENOENT'))
  expect(error).toMatchObject({
    code: 'COMMAND_UNUSABLE',
    because: { en: expect.stringContaining('the program loader that it needs is missing') },
  })
})

it('tells of a program that may not be run, and of an interpreter that may not', async () => {
  const plain = await put('plain', '#!/bin/sh\n', 0o644)
  const file = await put('tool', `#!${plain}\n`)
  for (const command of [plain, file])
    expect(await failure(command)).toMatchObject({
      code: 'COMMAND_UNUSABLE',
      because: { en: `${plain}: permission denied`, zh: `${plain}：权限不足` },
      fix: { en: expect.stringContaining(`chmod +x ${plain}`) },
    })
})

it('tells of a file that is no program of this machine', async () => {
  const file = await put('tool', 'x')
  expect(await startError({ command: file, env: {} }, raised('ENOEXEC'))).toMatchObject({
    code: 'COMMAND_UNUSABLE',
    because: { en: `${file} is not a program that this machine can run` },
  })
})

it('calls a program missing that is in no folder of PATH, whatever the system says of one of them', async () => {
  await mkdir(path.join(folder, 'tool'))
  const env = { PATH: folder }
  for (const code of ['ENOENT', 'EACCES'])
    expect(await startError({ command: 'tool', env }, raised(code))).toMatchObject({
      code: 'COMMAND_MISSING',
      because: { en: 'no such file or directory' },
    })
})

it('leaves an error as it is that says nothing of the program', async () => {
  const error = raised('EMFILE')
  expect(await startError({ command: 'sh', env: {} }, error)).toBe(error)
})
