import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { builderProgram } from '../../packages/builder/src/cli/program.ts'
import { installerProgram } from '../../packages/installer/src/cli/program.ts'
import { isHandbookPage } from '../../scripts/handbook.mjs'
import { anchorOf } from '../../scripts/site/markdown.ts'
import { commandsOf } from './operator-pages.ts'

const docs = path.resolve(import.meta.dirname, '../../docs')

async function pagesOf(folder: string): Promise<string[]> {
  return (await readdir(path.join(docs, folder))).filter((name) => name.endsWith('.md')).sort()
}

const pages = await pagesOf('en')

/** What the documentation always has. */
const SET = [
  ...['requirements', 'operator', 'settings', 'troubleshooting', 'known-limits', 'faq', 'manual-path'],
  ...['guide-differences', 'errors', 'auditing', 'bundle-format', 'quickstart', 'commands', 'releases'],
  ...[
    'configuration',
    'compatibility',
    'architecture',
    'glossary',
    'testing',
    'embedded-upstream',
    'reliability',
  ],
] as const

it('the documentation is complete and has the same pages in both languages', async () => {
  expect(pages).toEqual(await pagesOf('zh-CN'))
  expect(pages).toEqual(expect.arrayContaining([...SET].map((name) => `${name}.md`)))
})

it.each([
  ['README.md', 'en'],
  ['README.zh-CN.md', 'zh-CN'],
])('%s leads to every page, each once, in its language', async (readme, folder) => {
  const text = await readFile(path.join(docs, '..', readme), 'utf8')
  const table = text.split('\n').filter((line) => line.startsWith('|') && line.includes(' · ['))
  const linked = [...table.join('\n').matchAll(/\]\(docs\/([\w-]+)\/([\w-]+\.md)\)/g)]
  expect(new Set(linked.map(([, language]) => language))).toEqual(new Set([folder]))
  const own = pages.filter((page) => page !== 'index.md') // the site's first page
  expect(linked.map(([, , page]) => page).sort()).toEqual(own)
})

it.each(pages)('%s tells the same commands, sections and table rows in both languages', async (page) => {
  const [english, chinese] = await Promise.all(
    ['en', 'zh-CN'].map((folder) => readFile(path.join(docs, folder, page), 'utf8')),
  )
  expect(await commandsOf(`zh-CN/${page}`)).toEqual(await commandsOf(`en/${page}`))
  const shape = (text = '') => (text.match(/^(#+ |\|)/gm) ?? []).join('')
  expect(shape(chinese)).toBe(shape(english))
})

it.each(pages.flatMap((page) => [`en/${page}`, `zh-CN/${page}`]))(
  '%s links to what is there, and from the handbook to the handbook',
  async (page) => {
    const text = await readFile(path.join(docs, page), 'utf8')
    for (const [, link = ''] of text.replace(/^```.*?^```$/gms, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https:/.test(link)) continue
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file)
      if (isHandbookPage(path.basename(page))) {
        expect(target, link).toMatch(/^(en|zh-CN)\/[\w-]+\.md$/)
        expect(isHandbookPage(path.basename(target)), `${page}: ${link} is in no archive`).toBe(true)
      }
      const content = await readFile(path.join(docs, target), 'utf8')
      if (anchor !== undefined) expect(anchorsOf(content), `${page}: ${link}`).toContain(anchor)
    }
  },
)

it.each(['en', 'zh-CN'])('%s/decisions.md has a sentence for every record of docs/adr', async (folder) => {
  const text = await readFile(path.join(docs, folder, 'decisions.md'), 'utf8')
  const listed = [...text.matchAll(/^\| \[ADR \d+\]\(\.\.\/adr\/(.+?)\) \| .{15,} \|$/gm)].map(
    ([, file]) => file,
  )
  expect(listed).toEqual((await readdir(path.join(docs, 'adr'))).sort())
})

/** The flags of every command of a program, those of all commands included. */
function flagsOf({ commands, globals }: ReturnType<typeof builderProgram>): Map<string, Set<string>> {
  return new Map(
    commands.map(({ usage, options }) => [
      usage.split(' ', 1)[0] ?? '',
      new Set([
        ...Object.keys({ ...globals, ...options }),
        'json',
        'lang',
        'quiet',
        'verbose',
        'help',
        'version',
      ]),
    ]),
  )
}

const INSTALLER_LINE =
  /\.\/(edgelift \w+|install\.sh|install-kubeedge-only\.sh|cleanup\.sh)([^`\n|;\p{sc=Han}]*)/gu
const BUILDER_LINE =
  /(?<![./\w-])(?:npx )?edgelift (?!\$)([a-z]\w+)((?: [^`\n|;\p{sc=Han}]*)? --[^`\n|;\p{sc=Han}]*)/gu

it.each(['en', 'zh-CN'])('names only commands and flags that exist (%s)', async (folder) => {
  const [onNodes, building] = [flagsOf(installerProgram(undefined)), flagsOf(builderProgram('.'))]
  const seen = { onNodes: 0, building: 0 }
  for (const page of pages) {
    const text = await readFile(path.join(docs, folder, page), 'utf8')
    for (const [line, program = '', rest = ''] of text.matchAll(INSTALLER_LINE)) {
      const name = program.startsWith('edgelift ')
        ? program.slice('edgelift '.length)
        : program.startsWith('cleanup')
          ? 'cleanup'
          : 'install'
      seen.onNodes += checkLine(onNodes, { name, rest, line })
    }
    for (const [line, name = '', rest = ''] of text.matchAll(BUILDER_LINE))
      seen.building += checkLine(building, { name, rest, line: `${page}: ${line}` })
  }
  expect(seen.onNodes).toBeGreaterThan(100)
  expect(seen.building).toBeGreaterThan(20)
})

/** @returns 1 */
function checkLine(
  commands: ReadonlyMap<string, ReadonlySet<string>>,
  { name, rest, line }: { readonly name: string; readonly rest: string; readonly line: string },
): number {
  expect([...commands.keys()], line).toContain(name)
  for (const [, flag = ''] of rest.replace(/#.*/, '').matchAll(/ --([a-z0-9-]+)/g))
    expect([...(commands.get(name) ?? [])], line).toContain(flag)
  return 1
}

it('ends each line of a help text with its sentence: the terminal breaks lines where it is narrow', () => {
  const programs = [builderProgram('.'), installerProgram(undefined)]
  const texts = programs
    .flatMap((program) => [program, ...program.commands])
    .flatMap(({ epilogue }) => (epilogue === undefined ? [] : [epilogue.en, epilogue.zh]))
  expect(texts.length).toBeGreaterThan(6)
  for (const line of texts.flatMap((text) => text.split('\n'))) expect(line).toMatch(/[.。]$/)
})

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
}
