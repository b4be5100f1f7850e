// The one way in which this repository's TypeScript becomes a single runnable file.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { textOfParts } from './parts.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const INPUT = {
  platform: 'node',
  cwd: root,
  external: [/^node:/],
  logLevel: 'warn',
  transform: { target: 'node20.20' }, // lowers what Node 20 does not have: `await using`
  checks: { emptyImportMeta: false }, // yargs' `extends` resolves with it; no command has such a setting
}

/**
 * Bundles `entry` and everything that it imports, Node's own modules excepted, into `output`.
 * With `fromSource`, `import.meta.dirname` of a source file becomes that file's folder, so that data beside
 * sources is found; what is shipped is bundled without it and so carries no path of the machine that built it.
 * With `carried`, the module `embedded/files.ts` of the builder gives these texts by their paths, out of comments at the end
 * of `output`: Node does not parse what most commands never look at. What is shipped is ASCII, which V8 keeps in half of the
 * memory.
 * @param {{entry: string, output: string, fromSource?: boolean, carried?: Record<string, string>}} options
 * @returns {Promise<string[]>} the ids of the modules inside, as absolute paths
 */
export async function bundleTo({ entry, output, fromSource = false, carried }) {
  const plugins = fromSource ? [sourceDirname()] : shippedPlugins(carried)
  const build = await rolldown({ ...INPUT, input: entry, plugins })
  try {
    const { output: chunks } = await build.write({ file: output, format: 'esm', codeSplitting: false })
    if (!fromSource) await writeFile(output, ascii(await readFile(output, 'utf8'), output) + endOf(carried))
    return chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  } finally {
    await build.close()
  }
}

/**
 * Bundles a program that is shipped: as `bundleTo` does, but in parts of one file (`parts.mjs`), and `entry` exports `main`.
 * @param {{entry: string, output: string, carried?: Record<string, string>}} options
 * @returns {Promise<string[]>} the ids of the modules inside, as absolute paths
 */
export async function bundleParts({ entry, output, carried }) {
  const build = await rolldown({ ...INPUT, input: { main: entry }, plugins: shippedPlugins(carried) })
  try {
    const { output: chunks } = await build.generate({
      ...{ format: 'cjs', strict: true },
      ...{ entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    })
    const parts = chunks.map(({ fileName, code }) => ({ name: `./${fileName}`, code: ascii(code, fileName) }))
    await writeFile(output, textOfParts(parts, 'main.js') + endOf(carried))
    return chunks.flatMap((chunk) => chunk.moduleIds)
  } finally {
    await build.close()
  }
}

function sourceDirname() {
  return {
    name: 'source-dirname',
    transform(code, id) {
      if (!id.startsWith(root) || id.includes('node_modules') || !code.includes('import.meta.dirname'))
        return null
      return { code: code.replaceAll('import.meta.dirname', JSON.stringify(path.dirname(id))), map: null }
    },
  }
}

const CARRIED = '\n//# carried '

/** The builder's module for the texts that it carries: a line each at the end of the bundled file, its path and its JSON. */
function carrying() {
  const module = path.join(root, 'packages/builder/src/embedded/files.ts')
  const code = `
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
const mark = ${JSON.stringify(CARRIED)}
let text
function lines() {
  if (text !== undefined) return text
  const whole = readFileSync(fileURLToPath(import.meta.url), 'latin1')
  return text = whole.slice(whole.indexOf(mark))
}
export function carriedFile(path) {
  const start = lines().indexOf(mark + path + ' ')
  if (start === -1) return undefined
  return JSON.parse(lines().slice(start + mark.length + path.length + 1, lines().indexOf('\\n', start + 1)))
}
export function carriedPaths() {
  return lines().split(mark).slice(1).map((line) => line.slice(0, line.indexOf(' ')))
}`
  return { name: 'carried-files', load: (id) => (id === module ? { code, moduleType: 'js' } : null) }
}

function endOf(carried = {}) {
  const lines = Object.entries(carried).map(([name, text]) => {
    if (/\s/.test(name))
      throw new Error(`a file that the program carries has white space in its path: ${name}`)
    return `${CARRIED}${name} ${ascii(JSON.stringify(text), name)}`
  })
  return lines.length === 0 ? '' : `${lines.join('')}\n`
}

const shippedPlugins = (carried) => [knownWidths(), ...(carried === undefined ? [] : [carrying()])]

/** The widths of `core/cli/width.ts` in the place of yargs' own, whose `Intl.Segmenter` and emoji take half of a start. */
function knownWidths() {
  const module = /\/node_modules\/string-width\/index\.js$/
  const code = `export { displayWidth as default } from ${JSON.stringify(path.join(root, 'packages/core/src/cli/width.ts'))}`
  return { name: 'known-widths', load: (id) => (module.test(id) ? { code, moduleType: 'js' } : null) }
}

/** Escapes what is not ASCII. */
function ascii(text, name) {
  // There an escape would mean something else.
  if (/\\[\u0080-\uffff]|String\.raw`[^`]*[\u0080-\uffff]/.test(text))
    throw new Error(`${name}: a character that is not ASCII stands behind a backslash or in a raw text`)
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
