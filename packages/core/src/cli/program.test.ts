import { describe, expect, it } from 'vitest'
import { failures } from '../errors.ts'
import { runProgram } from './program.ts'
import { usageError } from './shell.ts'
import type { CommandHandler, ProgramSpec } from './specs.ts'

const fail = failures({ BROKEN: { exit: 4, title: { en: 'broken', zh: '损坏' } } })

const LONG = `tool do ${'word-'.repeat(40)}`

function spec(handler: CommandHandler): ProgramSpec {
  return {
    name: 'tool',
    version: '1.2.3',
    describe: { en: 'A tool', zh: '工具' },
    resume: { en: 'run it again', zh: '请重新运行' },
    globals: { store: { type: 'string', describe: { en: 'the store', zh: '存储' }, value: 'DIR' } },
    commands: [
      {
        usage: 'do <thing>',
        describe: { en: 'Does it', zh: '执行' },
        positionals: { thing: { describe: { en: 'what', zh: '对象' } } },
        options: {
          force: { type: 'boolean', describe: { en: 'even so', zh: '强制' } },
          secret: { type: 'boolean', hidden: true, describe: { en: 'secret', zh: '机密' } },
        },
        examples: [
          { line: LONG, text: { en: 'does it', zh: '执行它' } },
          { line: 'tool do it', text: { en: 'again', zh: '再次' } },
        ],
        load: async () => handler,
      },
      {
        usage: 'paint <colour>',
        describe: { en: 'Paints it', zh: '上色' },
        positionals: { colour: { describe: { en: 'which', zh: '颜色' }, choices: ['red', 'green'] } },
        load: async () => handler,
      },
      {
        usage: 'odd <thing>',
        describe: { en: 'Refuses it', zh: '拒绝' },
        load: async () => async () => {
          throw usageError({ en: 'it is odd', zh: '奇怪' })
        },
      },
      {
        usage: 'script',
        describe: { en: 'For a shell', zh: '供 shell 读取' },
        piped: true,
        load: async () => handler,
      },
    ],
  }
}

const done: CommandHandler = async (args) => ({
  document: { thing: args.thing, store: args.store },
  text: (lang) => (lang === 'zh' ? '完成' : 'done'),
})

async function run(
  line: string,
  handler: CommandHandler = done,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runProgram(spec(handler), {
    argv: line === '' ? [] : line.split(' '),
    env: { LANG: 'C' },
    streams: { stdout: { write: (text) => (out += text) }, stderr: { write: (text) => (err += text) } },
  })
  return { code, out, err }
}

describe('runProgram', () => {
  it('prints the text, or with --json exactly the document', async () => {
    expect(await run('do it')).toEqual({ code: 0, out: 'done\n', err: '' })
    expect((await run('do it --lang zh')).out).toBe('完成\n')
    const json = await run('do 1.10 --json --store /s')
    expect(JSON.parse(json.out)).toEqual({ thing: '1.10', store: '/s' })
  })

  it.each([
    ['', 'a command is required'],
    ['undo', 'unknown command: undo'],
    ['undo --frce', 'unknown command: undo'],
    ['do', 'too few arguments'],
    ['do it --frce', 'unknown option: --frce'],
    ['do --forc it', 'unknown option: --forc'],
    ['do it --store', 'missing value after --store'],
    ['do it --store a --store b', '--store is given twice'],
    ['--store a do it --store b', '--store is given twice'],
    ['--store a --json=no do', 'too few arguments'],
    ['do it --force=yes', '--force=yes: --force takes no value'],
    ['do it --force=1', '--force takes no value'],
    ['do it --force=', '--force takes no value'],
    ['do it --quiet=TRUE', '--quiet takes no value'],
    ['--store do undo', 'unknown command: undo'],
    ['do it --lang fr', '--lang: must be one of en, zh'],
    ['do it --store=~/s', 'replaced ~'],
    ['do ~/it', 'replaced ~'],
    ['do it --lang=', '--lang: must be one of en, zh'],
    ['paint blue', '<colour>: must be one of red, green'],
    ['odd it', 'it is odd'],
  ])('refuses "%s" as a usage error', async (line, words) => {
    const { code, out, err } = await run(line)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/^error\[USAGE\]: /)
    expect(err).toContain(words)
    expect(err).toMatch(/^fix: .*--help$/m)
  })

  it.each([
    ['do -- it', 'it'],
    ['-- do it', 'it'],
    ['do --store s -- it', 'it'],
    ['do -- --json', './--json'],
    ['do -- -', './-'],
    ['do it --', 'it'],
  ])('takes what stands behind -- for no option: %s', async (line, thing) => {
    const { code, out } = await run(`--json ${line}`)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ thing })
  })

  it('takes true and false as values of a switch', async () => {
    const forced: CommandHandler = async (args) => ({ document: {}, text: () => String(args.force) })
    expect((await run('do it --force=false', forced)).out).toBe('false\n')
    expect((await run('do it --force=true', forced)).out).toBe('true\n')
    expect((await run('do it --force', forced)).out).toBe('true\n')
  })

  it('says what a mistyped command or option most likely means', async () => {
    expect((await run('du it')).err).toContain('did you mean do?')
    expect((await run('do it --frce')).err).toContain('did you mean --force?')
    expect((await run('--store a du it')).err).toContain('did you mean do?')
    expect((await run('do it --store')).err).not.toContain('did you mean')
  })

  it('tells a usage error as JSON too', async () => {
    const { code, out } = await run('do --json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE' } })
  })

  it('tells of a language that there is none of in the language of the environment', async () => {
    let err = ''
    await runProgram(spec(done), {
      argv: ['do', 'it', '--lang', 'fr'],
      env: { EDGELIFT_LANG: 'zh' },
      streams: { stdout: { write: () => true }, stderr: { write: (text) => (err += text) } },
    })
    expect(err).toContain('--lang：应为以下之一：en、zh')
  })

  it('tells the errors of a command with their exit code, in the language asked for', async () => {
    const broken: CommandHandler = async () => {
      throw fail('BROKEN', { what: { en: 'it broke', zh: '坏了' }, fix: 'x' })
    }
    expect(await run('do it', broken)).toEqual({
      code: 4,
      out: '',
      err: 'error[BROKEN]: it broke\nfix: x\n',
    })
    expect((await run('do it --lang=zh', broken)).err).toContain('坏了')
    expect(JSON.parse((await run('do it --json', broken)).out)).toEqual({
      error: { code: 'BROKEN', message: 'it broke', cause: '', fix: 'x', cure: 'x' },
    })
  })

  it('hides the stack of a defect unless asked', async () => {
    const bug: CommandHandler = async () => {
      throw new TypeError('x is not a function')
    }
    const brief = await run('do it', bug)
    expect(brief.err).toContain('error[INTERNAL]')
    expect(brief.err).not.toContain('    at ')
    expect((await run('do it --verbose', bug)).err).toContain('    at ')
  })

  it('teaches with --help in both languages', async () => {
    const english = await run('do --help')
    expect(english.code).toBe(0)
    expect(english.out).toContain('tool do it')
    expect((await run('--store a do --help')).out).toBe(english.out)
    expect(english.out).toContain('DIR: the store')
    const chinese = await run('--help --lang zh')
    expect(chinese.out).toContain('命令：')
    expect(chinese.out).toContain('执行')
    expect((await run('--version')).out).toBe('1.2.3\n')
  })

  it('prints one document with --json also for --help and --version', async () => {
    expect(JSON.parse((await run('--version --json')).out)).toEqual({ version: '1.2.3' })
    const { code, out } = await run('do --help --json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ help: (await run('do --help')).out.trimEnd() })
  })

  it('keeps a command of an example on one line, and hidden options out of the help', async () => {
    const english = await run('do --help')
    expect(english.out).toContain(`\n  # does it\n  ${LONG}\n`)
    expect(english.out).not.toContain('secret')
    expect((await run('do it --secret', async (args) => ({ document: args, text: () => 'ok' }))).code).toBe(0)
  })

  it('tells how to get Chinese where no locale says which language to use', async () => {
    const hint = async (env: Record<string, string>, line = 'do it') => {
      let err = ''
      const stderr = { write: (text: string) => (err += text) }
      const argv = line.split(' ')
      const streams = { stdout: { write: () => {} }, stderr }
      await runProgram({ ...spec(done), offersChinese: true }, { argv, env, streams })
      return err.includes('EDGELIFT_LANG=zh')
    }
    for (const env of [{}, { LANG: 'C' }, { LC_ALL: 'C.UTF-8', LANG: 'zh_CN' }, { LANG: 'zh_TW.Big5' }])
      expect(await hint(env), JSON.stringify(env)).toBe(true)
    for (const env of [{ LANG: 'en_US.UTF-8' }, { LANG: 'zh_CN.GBK' }, { EDGELIFT_LANG: 'en' }])
      expect(await hint(env), JSON.stringify(env)).toBe(false)
    for (const line of ['do it --json', 'do it --quiet', 'do it --lang en', 'script'])
      expect(await hint({}, line)).toBe(false)
  })

  it('refuses a language that there is none of, in the place of English without a word', async () => {
    const run = async (env: Record<string, string>) => {
      let err = ''
      const streams = { stdout: { write: () => {} }, stderr: { write: (text: string) => (err += text) } }
      const code = await runProgram(spec(done), { argv: ['do', 'it'], env, streams })
      return { code, err }
    }
    expect(await run({ EDGELIFT_LANG: 'cn', LANG: 'zh_CN.UTF-8' })).toEqual({
      code: 2,
      err: expect.stringContaining('环境变量 EDGELIFT_LANG 无效'),
    })
    for (const value of ['', 'zh', 'zh_CN.UTF-8', 'en-GB', 'EN'])
      expect(await run({ EDGELIFT_LANG: value })).toEqual({ code: 0, err: '' })
  })

  it('ends with exit code 5 and a hint when a signal comes', async () => {
    const slow: CommandHandler = (_args, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
        process.emit('SIGTERM')
      })
    const { code, err } = await run('do it', slow)
    expect(code).toBe(5)
    expect(err).toContain('error[INTERRUPTED]')
    expect(err).toContain('run it again')
  })

  it('lets a command see the terminal that it writes to, as large as it is now', async () => {
    const terminal = { isTTY: true, columns: 120, rows: 40, write: () => true }
    const seen: unknown[] = []
    const looking: CommandHandler = async (_args, { streams: { stdout, stderr } }) => {
      for (const one of [stdout, stderr]) seen.push([one.isTTY, one.columns, one.rows])
      terminal.columns = 60
      seen.push(stdout.columns)
      return { document: {}, text: () => '' }
    }
    const streams = { stdout: terminal, stderr: { write: () => true } }
    await runProgram(spec(looking), { argv: ['do', 'it'], env: { LANG: 'C' }, streams })
    expect(seen).toEqual([[true, 120, 40], [undefined, undefined, undefined], 60])
  })

  it('tells what a command has found behind its text, also when it is quiet and failed', async () => {
    const found: CommandHandler = async () => ({
      ...{ exit: 4, document: { ok: false }, text: () => '1 damaged' },
      errors: [fail('BROKEN', { what: 'a is broken' }), fail('BROKEN', { what: 'b is broken' })],
    })
    const { code, out, err } = await run('do it --quiet', found)
    expect({ code, out }).toEqual({ code: 4, out: '1 damaged\n' })
    expect(err).toMatch(/error\[BROKEN\]: a is broken\n(.*\n)*error\[BROKEN\]: b is broken\n/)
    expect(await run('do it --json', found)).toEqual({ code: 4, out: '{\n  "ok": false\n}\n', err: '' })
  })

  it.each([
    ['en', '… 19900 more errors (--json lists all)'],
    ['zh', '……另有 19900 个错误（--json 列出全部）'],
  ])('tells no more errors than a person reads, and how many there are: %s', async (lang, last) => {
    const errors = Array.from({ length: 20_000 }, (_, file) => fail('BROKEN', { what: `${file} is broken` }))
    const found: CommandHandler = async () => ({ exit: 4, document: {}, text: () => '', errors })
    const { err } = await run(`do it --lang ${lang}`, found)
    expect(err.match(/error\[BROKEN\]/g)).toHaveLength(100)
    expect(err.trimEnd().split('\n').at(-1)).toBe(last)
  })

  it('names the fix by its older name too', async () => {
    const finding: CommandHandler = async () => ({
      document: { findings: [{ code: 'X', fix: 'do this' }] },
      text: () => '',
    })
    const { out } = await run('do it --json', finding)
    expect(JSON.parse(out)).toEqual({ findings: [{ code: 'X', fix: 'do this', cure: 'do this' }] })
  })
})
