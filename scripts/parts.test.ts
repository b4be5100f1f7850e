import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { type ProgramSpec, runProgram } from '@edgelift/core/cli'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builderProgram } from '../packages/builder/src/cli/program.ts'
import { installerProgram } from '../packages/installer/src/cli/program.ts'
// @ts-expect-error plain JavaScript, used by the scripts as it is
import { bundleParts } from './bundling.mjs'
// @ts-expect-error plain JavaScript, used by the scripts as it is
import { textOfParts } from './parts.mjs'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-parts-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a program in parts', () => {
  const main = `exports.main = async () => {
  console.log(require('./texts.js').text, require('./texts.js') === require('./texts.js'))
  if (process.argv[2] === 'fail') require('./fails.js')
  if (process.argv[2] === 'broken') require('./broken.js')
}`
  const parts = [
    { name: './main.js', code: main },
    { name: './texts.js', code: "/* a *//* b */\nexports.text = 'c*/d' + /^e*/.exec('eef')[0]" },
    { name: './fails.js', code: "// first line\nthrow new Error('on the second line')" },
    { name: './broken.js', code: 'this does not compile' },
  ]
  const run = async (...args: string[]) => {
    const file = path.join(folder, 'program.mjs')
    await writeFile(file, textOfParts(parts, 'main.js'))
    return exec(process.execPath, [file, ...args])
  }

  it('runs each part once, with its comments, strings and expressions as they were', async () => {
    expect(await run()).toMatchObject({ code: 0, stdout: 'c*/dee true\n' })
  })

  it('compiles a part only when it is called', async () => {
    expect(await run('broken')).toMatchObject({ code: 1, stderr: expect.stringContaining('SyntaxError') })
  })

  it('names the line of the one file in a stack trace', async () => {
    const { stderr } = await run('fail')
    const file = path.join(folder, 'program.mjs')
    const line =
      (await readFile(file, 'utf8')).split('\n').findIndex((text) => text.startsWith('throw new')) + 1
    expect(stderr).toContain(`${file}:${line}`)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    'ends as interrupted at a %s before its command line hears signals, which is heard then alone',
    async (name) => {
      const wait = 'new Promise((done) => setTimeout(done, 300))'
      const program = async (hears: string) => {
        const code = `${hears}\nprocess.kill(process.pid, '${name}')\nexports.main = () => ${wait}`
        const file = path.join(folder, `${name}.mjs`)
        await writeFile(file, textOfParts([{ name: './main.js', code }], 'main.js'))
        return (await exec(process.execPath, [file])).code
      }
      expect(await program('')).toBe(5)
      expect(await program(`process.on('${name}', () => { process.exitCode = 7 })`)).toBe(7)
    },
  )

  it('refuses code that holds the placeholder for the end of a comment', () => {
    expect(() => textOfParts([{ name: './main.js', code: "'*|/'" }], 'main.js')).toThrow(/main\.js/)
  })
})

describe.each([
  ['builder', builderProgram('/')],
  ['installer', installerProgram(undefined)],
])('the %s', (name, spec) => {
  let file: string
  beforeAll(async () => {
    file = path.join(folder, `${name}.mjs`)
    await bundleParts({
      entry: path.resolve(import.meta.dirname, `../packages/${name}/src/main.ts`),
      output: file,
    })
  }, 60_000)

  it('begins without schemas, YAML, HTTP and the formats', async () => {
    const text = await readFile(file, 'latin1')
    const begin = partsAtStart(text)
    const modules = [...begin.matchAll(/^\/\/ ((?:packages|node_modules)\/\S+)$/gm)].map(
      ([, module]) => module,
    )
    expect(
      modules.filter((module) =>
        /\/(zod|js-yaml|undici|semver|tar-stream)@|packages\/oci\/|manifest\.ts$/.test(`${module}`),
      ),
    ).toEqual([])
    expect(begin.length).toBeLessThan(400_000)
  })

  it('formats its help as yargs does with widths of its own', async () => {
    for (const lang of ['en', 'zh']) {
      const expected = await helpOf(spec, ['--help', '--lang', lang])
      const { stdout } = await exec(process.execPath, [file, '--help', '--lang', lang])
      expect(stdout).toBe(expected)
    }
  })
})

/** The text of the part `main.js` and of those that it cannot do without. */
function partsAtStart(text: string): string {
  const parts = new Map(
    [...text.matchAll(/\/\* part (\S+)\n([\s\S]*?)\*\/\n/g)].map(([, name, code]) => [`${name}`, `${code}`]),
  )
  const wanted = new Set(['./main.js'])
  for (const name of wanted)
    for (const [, other] of (parts.get(name) ?? '').matchAll(/^(?:const \w+ = )?require\("(\.\/\S+)"\);$/gm))
      wanted.add(`${other}`)
  return [...wanted].map((name) => parts.get(name)).join('\n')
}

async function helpOf(spec: ProgramSpec, argv: readonly string[]): Promise<string> {
  let out = ''
  const streams = { stdout: { write: (text: string) => (out += text) }, stderr: { write: () => true } }
  await runProgram(spec, { argv, env: { EDGELIFT_LANG: 'en' }, streams })
  return out
}
