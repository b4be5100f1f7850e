import { describe, expect, it } from 'vitest'
import type { Lang } from '../text.ts'
import { parseCommandLine } from './parse.ts'
import type { CommandSpec, ProgramSpec } from './specs.ts'
import { displayWidth } from './width.ts'

const text = (en: string, zh = `${en}（中文）`) => ({ en, zh })
const command = (usage: string, more: Partial<CommandSpec> = {}): CommandSpec => ({
  usage,
  describe: text(`about ${usage.split(' ')[0]}`),
  load: () => Promise.reject(new Error('nothing is run here')),
  ...more,
})
const spec: ProgramSpec = {
  name: 'tool',
  version: '1.2.3',
  describe: text('A tool'),
  resume: text('again'),
  globals: { store: { type: 'string', value: 'DIR', describe: text('the store') } },
  examples: [{ line: 'tool build r', text: text('builds') }],
  epilogue: text('Exit codes'),
  commands: [
    command('build <release>', {
      positionals: { release: { describe: text('the release') } },
      options: {
        platform: { type: 'array', value: 'PLATFORM', describe: text('platforms') },
        jobs: { type: 'number', describe: text('jobs'), default: 4 },
        since: { type: 'string', describe: text('since'), bare: true },
        out: { type: 'string', describe: text('out'), alias: 'o' },
        token: { type: 'string', describe: text('token'), stdin: true },
      },
      epilogue: text('The end'),
    }),
    command('store <action> [files..]', {
      positionals: {
        action: { describe: text('action'), choices: ['ls', 'prune'] },
        files: { describe: text('files') },
      },
    }),
    command('internal', { hidden: true }),
  ],
}

const parse = (line: string, lang: Lang = 'en', columns?: number) =>
  parseCommandLine(spec, { argv: line.split(' ').filter((word) => word !== ''), lang, columns })
async function argsOf(line: string): Promise<Readonly<Record<string, unknown>>> {
  const parsed = await parse(line)
  return parsed.kind === 'command' ? parsed.args : {}
}
async function helpOf(line: string, lang: Lang = 'en', columns?: number): Promise<string> {
  const parsed = await parse(line, lang, columns)
  return parsed.kind === 'text' ? parsed.text : ''
}

describe('arguments', () => {
  it('are texts where they look like numbers', async () => {
    expect(await argsOf('build 1.10 --store 007')).toMatchObject({ release: '1.10', store: '007' })
  })

  it('have their types, defaults and other names', async () => {
    const args = await argsOf('build r --platform a b --platform c -o x')
    expect(args).toMatchObject({ platform: ['a', 'b', 'c'], jobs: 4, out: 'x' })
    expect(await argsOf('build r --jobs 2 --since')).toMatchObject({ jobs: 2, since: '' })
  })

  it('name the command that is called, hidden or not', async () => {
    for (const [line, usage] of [
      ['store ls a b', 'store <action> [files..]'],
      ['internal', 'internal'],
    ] as const)
      expect(await parse(line)).toMatchObject({ kind: 'command', command: { usage } })
  })
})

describe('a single -', () => {
  it('is left to an option that takes it for standard input', async () => {
    expect(await argsOf('build r --token -')).toMatchObject({ token: '-' })
    expect(await argsOf('build r --token=-')).toMatchObject({ token: '-' })
  })

  it.each(['build -', 'build r --out -', 'build r --out=-', 'store ls -'])(
    'is no file elsewhere, and not an empty text: %s',
    async (line) => {
      await expect(parse(line)).rejects.toMatchObject({
        code: 'USAGE',
        what: { en: expect.stringContaining('-: standard input and output are not used here') },
      })
    },
  )
})

it.each([
  ['build https://h.example/r.yaml', 'https://h.example/r.yaml'],
  ['store ls ftp://h.example/x', 'ftp://h.example/x'],
  ['--store https://h.example/s build r', 'https://h.example/s'],
  ['build r --store=https://h.example/s', 'https://h.example/s'],
])('a URL is no path: %s', async (line, url) => {
  await expect(parse(line)).rejects.toMatchObject({
    code: 'USAGE',
    what: { en: expect.stringContaining(`${url} is a URL, and a file or folder of this machine is needed`) },
  })
})

it.each([
  [['build', 'r', '--store='], '--store'],
  [['build', 'r', '--store', ''], '--store'],
  [['build', ''], '<release>'],
  [['store', 'ls', 'a', ''], '<files>'],
])('a path is never empty, which would be the working directory: %j', async (argv, label) => {
  await expect(parseCommandLine(spec, { argv, lang: 'en', columns: 80 })).rejects.toMatchObject({
    code: 'USAGE',
    what: { en: `${label}: must not be empty` },
  })
})

it('leaves an empty text to an option that names no path', async () => {
  expect(await argsOf('build r --out=')).toMatchObject({ out: '' })
})

it('leaves a URL to an option that names no path', async () => {
  expect(await argsOf('build r --out https://h.example/x')).toMatchObject({ out: 'https://h.example/x' })
})

describe('a command line that is refused', () => {
  it.each([
    [
      'build',
      'too few arguments: got 0, at least 1 needed',
      'usage: tool build <release>',
      'see tool build --help',
    ],
    ['build r s', 'unknown argument: s', 'usage: tool build <release>', 'see tool build --help'],
    [
      'build r --jbos 2',
      'unknown option: --jbos',
      'usage: tool build <release>',
      'did you mean --jobs? See tool build --help',
    ],
    [
      'build r --out a --out b',
      '--out is given twice',
      'usage: tool build <release>',
      'see tool build --help',
    ],
    ['buidl r', 'unknown command: buidl', undefined, 'did you mean build? See tool --help'],
    ['', 'a command is required', undefined, 'see tool --help'],
  ])('"%s" says what is wrong, how it is called and where to look', async (line, what, because, fix) => {
    await expect(parse(line)).rejects.toMatchObject({
      code: 'USAGE',
      exit: 2,
      what: { en: what },
      ...(because === undefined ? {} : { because: { en: because } }),
      fix: { en: fix },
    })
  })

  it.each([
    ['build', '参数不足：得到 0 个，至少需要 1 个', '用法：tool build <release>', '参见 tool build --help'],
    ['build r --out', '--out 缺少取值', '用法：tool build <release>', '参见 tool build --help'],
    ['build r --out a --out b', '--out 重复出现', '用法：tool build <release>', '参见 tool build --help'],
    [
      'build r --json=yes',
      '--json=yes：--json 不带取值',
      '用法：tool build <release>',
      '参见 tool build --help',
    ],
    ['buidl r', '未知命令：buidl', undefined, '是否想输入 build？参见 tool --help'],
  ])('"%s" says so in Chinese', async (line, what, because, fix) => {
    await expect(parse(line, 'zh')).rejects.toMatchObject({
      what: { zh: what },
      ...(because === undefined ? {} : { because: { zh: because } }),
      fix: { zh: fix },
    })
  })

  it('names the words that a place may have', async () => {
    await expect(parse('store rm')).rejects.toMatchObject({
      what: { en: expect.stringMatching(/<action>: must be one of ls, prune/) },
    })
  })
})

describe('help', () => {
  it('of the program has its commands but for hidden ones, its options, examples and end', async () => {
    const help = await helpOf('--help')
    for (const words of [
      'A tool',
      'tool build <release>',
      'about store',
      'DIR: the store',
      'Global options:',
      'Exit codes',
    ])
      expect(help).toContain(words)
    expect(help).toMatch(/Examples:\n {2}# builds\n {2}tool build r$/)
    expect(help).not.toContain('internal')
  })

  it('of a command has its own options before those of all, and its own end', async () => {
    const help = await helpOf('build --help')
    expect(help.indexOf('\nOptions:')).toBeLessThan(help.indexOf('Global options:'))
    expect(help).toContain('The end')
    expect(help).not.toContain('about store')
  })

  it('is Chinese where that was asked for', async () => {
    const help = await helpOf('build --help', 'zh')
    for (const words of [
      '选项：',
      '通用选项：',
      '显示帮助',
      '[选项]',
      'The end（中文）',
      '[列表]',
      '[默认：4]',
    ])
      expect(help).toContain(words)
    expect(help).not.toMatch(/Options:|Show help|\[array\]/)
  })

  it.each([60, 80])('keeps to a terminal of %i columns', async (columns) => {
    const wide = (await helpOf('build --help', 'en', columns))
      .split('\n')
      .filter((line) => displayWidth(line) > columns)
    expect(wide).toEqual([])
  })

  it('tells a version, and nothing else', async () => {
    expect(await helpOf('--version')).toBe('1.2.3')
  })
})
