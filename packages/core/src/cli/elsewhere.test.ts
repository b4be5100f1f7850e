import { expect, it } from 'vitest'
import { nameFromHere } from './elsewhere.ts'
import { runProgram } from './program.ts'
import { usageError } from './shell.ts'
import type { CommandHandler, ProgramSpec } from './specs.ts'

const says =
  (text: string): CommandHandler =>
  async () => ({ document: { text }, text: () => text })

const program = (handler: CommandHandler): ProgramSpec => ({
  name: './tool',
  elsewhere: '/opt/tool 1',
  version: '1',
  describe: { en: 'A tool', zh: '工具' },
  resume: { en: 'again', zh: '再次' },
  offersChinese: true,
  launchers: [{ name: './start.sh', command: 'do' }],
  commands: [
    { usage: 'do', describe: { en: 'Does it', zh: '执行' }, load: async () => handler },
    {
      usage: 'script',
      piped: true,
      describe: { en: 'For a shell', zh: '供 shell 读取' },
      load: async () => handler,
    },
  ],
})

async function run(handler: CommandHandler, line: string, more: Partial<ProgramSpec> = {}) {
  let [out, err] = ['', '']
  await runProgram(
    { ...program(handler), ...more },
    {
      argv: line.split(' '),
      env: line.includes('--lang') ? {} : { EDGELIFT_LANG: 'en' },
      streams: { stdout: { write: (text) => (out += text) }, stderr: { write: (text) => (err += text) } },
    },
  )
  return { out, err }
}

const HERE = "Commands that begin with ./ are run in their directory; on this machine: cd '/opt/tool 1'\n"
const refusing: CommandHandler = async () => {
  throw usageError({ en: 'it is odd', zh: '奇怪' })
}

it('says, last, where the commands lie that it has named', async () => {
  expect(await run(says('next: ./start.sh'), 'do')).toEqual({ out: 'next: ./start.sh\n', err: HERE })
  expect((await run(says('执行 ./tool do'), 'do --lang zh')).err).toBe(
    "在本机执行以 ./ 开头的命令，请先进入其目录：cd '/opt/tool 1'\n",
  )
  const noting: CommandHandler = async (_args, { report }) => {
    report({ type: 'note', level: 'warning', text: { en: 'run ./tool do', zh: '' } })
    return { document: {}, text: () => '' }
  }
  expect((await run(noting, 'do')).err.endsWith(`run ./tool do\n${HERE}`)).toBe(true)
  const { err } = await run(refusing, 'do')
  expect(err).toMatch(/^error\[USAGE\]: it is odd\n.*\.\/tool/s)
  expect(err.endsWith(HERE)).toBe(true)
})

it.each([
  ['none was named', says('done'), 'do', {}],
  ['the line leads there itself', says('next: cd ../other one && sudo ./start.sh'), 'do', {}],
  ['the person stands there', says('./tool do'), 'do', { elsewhere: undefined }],
  ['a program reads the output', says('./tool do'), 'do --json', {}],
  ['a shell sources the output', says('./tool do'), 'script', {}],
] as const)('says nothing of it where %s', async (_what, handler, line, more) => {
  expect((await run(handler, line, more)).err).toBe('')
})

it.each([
  ['/opt/tool-1.2+k3s1', '/opt/tool-1.2+k3s1/tool'],
  ['/opt/tool 1', "'/opt/tool 1/tool'"],
  [undefined, './tool'],
])('offers Chinese by a line that can be typed: %s', async (elsewhere, typed) => {
  const lines: string[] = []
  const streams = { stdout: { write: () => true }, stderr: { write: (text: string) => lines.push(text) } }
  await runProgram({ ...program(says('done')), elsewhere }, { argv: ['do'], env: {}, streams })
  expect(lines).toEqual([`For Chinese, set EDGELIFT_LANG=zh: sudo EDGELIFT_LANG=zh ${typed} ...\n`])
})

it('names a directory that a shell would read otherwise so that it can be typed', async () => {
  const elsewhere = "/opt/o'hare $& x"
  const { err } = await run(says('next: ./start.sh'), 'do', { elsewhere })
  expect(err).toContain("on this machine: cd '/opt/o'\\''hare $& x'\n")
  expect(nameFromHere({ ...program(refusing), elsewhere }, './tool')).toBe("'/opt/o'\\''hare $& x/tool'")
})
