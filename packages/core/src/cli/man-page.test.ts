import { describe, expect, it } from 'vitest'
import { manPage } from './man-page.ts'
import type { CommandSpec, ProgramSpec } from './specs.ts'

const text = (en: string, zh: string) => ({ en, zh })
const load: CommandSpec['load'] = () => Promise.reject(new Error('nothing is run here'))
const spec: ProgramSpec = {
  name: './tool',
  version: '1.2.3',
  describe: text('a tool - for tests', '测试工具'),
  resume: text('again', '重新运行'),
  globals: { store: { type: 'string', value: 'DIR', describe: text('the store', '存储') } },
  examples: [{ line: "tool build --x 'a'", text: text('build', '构建') }],
  epilogue: text('0 done\n.1 failed', '0 完成'),
  commands: [
    {
      usage: 'build <release>',
      describe: text('.builds', '构建'),
      positionals: { release: { describe: text('the release', '发布'), choices: ['a', 'b'] } },
      options: {
        out: { type: 'string', value: 'DIR', describe: text('back\\slash', '目录') },
        quick: { type: 'boolean', describe: text('the locale’s `quick`…', '快速') },
        secret: { type: 'boolean', hidden: true, describe: text('secret', '机密') },
      },
      load,
    },
    { usage: 'internal', hidden: true, describe: text('inside', '内部'), load },
  ],
}

describe('the manual page', () => {
  const page = manPage(spec, 'en')

  it('has the sections that manual pages have, in their order', () => {
    expect([...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title)).toEqual([
      'NAME',
      'SYNOPSIS',
      'COMMANDS',
      'GLOBAL OPTIONS',
      'EXIT STATUS',
      'EXAMPLES',
    ])
    expect([...manPage(spec, 'zh').matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title)).toEqual([
      '名称',
      '概要',
      '命令',
      '通用选项',
      '退出码',
      '示例',
    ])
  })

  it('is named after the program without its folder', () => {
    expect(page).toMatch(/^\.TH TOOL 1 "" "\.\/tool 1\.2\.3"\n/)
  })

  it('can be read without an encoding, where its words are English', () => {
    expect(page).toContain('the locale\\[u2019]s \\(gaquick\\(ga\\[u2026]')
    expect(page).toMatch(/^[\t\n -~]*$/)
  })

  it('leaves out what the help does', () => {
    expect(page).not.toContain('internal')
    expect(page).not.toContain('secret')
  })

  it('has text as text: roff takes no part of it for a request of its own', () => {
    expect(page).toContain('a tool \\- for tests')
    expect(page).toContain('\n\\&.builds\n')
    expect(page).toContain('back\\eslash')
    expect(page).toContain('\\(gaquick\\(ga')
    expect(page).toContain('tool build \\-\\-x \\(aqa\\(aq')
    expect(page).toContain('0 done\n.br\n\\&.1 failed')
    const requests = page.match(/^\..*$/gm) ?? []
    const known = /^\.(TH|SH|SS|B|BI|I|TP|PP|RS|RE|nf|fi|br)( |$)/
    expect(requests.filter((line) => !known.test(line))).toEqual([])
  })

  it('names values and choices, in both languages', () => {
    expect(page).toContain('.BI \\-\\-out " DIR"')
    expect(page).toContain('.B \\-\\-quick')
    expect(page).toContain('the release (a, b)')
    expect(manPage(spec, 'zh')).toContain('发布（a、b）')
    expect(page).toContain('.BI \\-\\-store " DIR"')
    expect(page).toContain('.B \\-\\-json')
  })

  it('has no section of what a program does not have', () => {
    const { epilogue: _, examples: __, ...bare } = spec
    expect(manPage(bare, 'en')).not.toMatch(/EXIT STATUS|EXAMPLES/)
  })
})
