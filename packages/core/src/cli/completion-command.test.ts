import { describe, expect, it } from 'vitest'
import { completionSpec } from './completion-command.ts'
import { manSpec } from './man-command.ts'
import { runProgram } from './program.ts'
import type { ProgramSpec } from './specs.ts'

const text = (en: string, zh: string) => ({ en, zh })
const program = (): ProgramSpec => ({
  name: 'tool',
  version: '1.2.3',
  describe: text('a tool', '一个工具'),
  resume: text('again', '重新运行'),
  commands: [completionSpec('tool', program), manSpec('tool', program)],
})

async function run(line: string, lang = 'en') {
  let [out, err] = ['', '']
  const exit = await runProgram(program(), {
    argv: line.split(' '),
    env: { EDGELIFT_LANG: lang },
    streams: { stdout: { write: (piece) => (out += piece) }, stderr: { write: (piece) => (err += piece) } },
  })
  return { exit, out, err }
}

describe('completion', () => {
  it.each([
    ['bash', 'complete -F _tool tool'],
    ['zsh', '#compdef tool'],
    ['fish', 'complete -c tool'],
  ])('prints the script for %s and nothing else, and the same with --json', async (shell, line) => {
    const { exit, out, err } = await run(`completion ${shell}`)
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toContain(line)
    const document = JSON.parse((await run(`completion ${shell} --json`)).out)
    expect(document.shell).toBe(shell)
    expect(out.startsWith(document.script)).toBe(true)
  })

  it('describes commands in the language asked for', async () => {
    expect((await run('completion zsh', 'zh')).out).toContain('输出 shell 补全脚本')
    expect((await run('completion zsh')).out).toContain('Print a script')
  })

  it('refuses another shell with those that there are', async () => {
    const { exit, err } = await run('completion tcsh')
    expect(exit).toBe(2)
    expect(err).toMatch(/bash.*zsh.*fish/)
  })
})

describe('man', () => {
  it('prints a page that ends with one line end, in the language asked for', async () => {
    const { exit, out, err } = await run('man')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toMatch(/^\.TH TOOL 1 "" "tool 1\.2\.3"\n\.SH NAME\n[\s\S]*\S\n$/)
    expect((await run('man', 'zh')).out).toMatch(/\n\.SH 名称\n.*一个工具\n/)
  })

  it('has the page as a text in its document', async () => {
    const { page } = JSON.parse((await run('man --json')).out)
    expect((await run('man')).out).toBe(page)
  })
})
