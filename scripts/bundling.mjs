// The one way in which this repository's TypeScript becomes a single runnable file.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Bundles `entry` and everything that it imports, Node's own modules excepted, into `output`.
 * With `fromSource`, `import.meta.dirname` of a source file becomes that file's folder, so that data beside
 * sources is found; what is shipped is bundled without it and so carries no path of the machine that built it.
 * With `carried`, the module `embedded/files.ts` of the builder gives these texts by their paths, out of a comment at the end
 * of `output`: Node has not to parse what most commands never look at. What is shipped is ASCII, which V8 keeps in half of the
 * memory.
 * @param {{entry: string, output: string, fromSource?: boolean, carried?: Record<string, string>}} options
 * @returns {Promise<string[]>} the ids of the modules inside, as absolute paths
 */
export async function bundleTo({ entry, output, fromSource = false, carried }) {
  const build = await rolldown({
    input: entry,
    platform: 'node',
    cwd: root,
    external: [/^node:/],
    logLevel: 'warn',
    transform: { target: 'node20.20' }, // lowers what Node 20 does not have: `await using`
    plugins: [...(fromSource ? [sourceDirname()] : []), ...(carried === undefined ? [] : [carrying()])],
  })
  try {
    const { output: chunks } = await build.write({ file: output, format: 'esm', codeSplitting: false })
    if (!fromSource) await makeAscii(output, carried)
    return chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
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

/** The builder's module for the texts that it carries, which are at the end of the bundled file. */
function carrying() {
  const module = path.join(root, 'packages/builder/src/embedded/files.ts')
  const code = `
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
let files
export function carriedFiles() {
  if (files !== undefined) return files
  const text = readFileSync(fileURLToPath(import.meta.url), 'latin1')
  const mark = ${JSON.stringify(CARRIED)}
  files = JSON.parse(text.slice(text.lastIndexOf(mark) + mark.length))
  return files
}`
  return { name: 'carried-files', load: (id) => (id === module ? { code, moduleType: 'js' } : null) }
}

/** Escapes what is not ASCII in a bundled file, and appends the texts that it carries. */
async function makeAscii(file, carried) {
  const code = await readFile(file, 'utf8')
  // There an escape would mean something else.
  if (/\\[\u0080-\uffff]|String\.raw`[^`]*[\u0080-\uffff]/.test(code))
    throw new Error(`${file}: a character that is not ASCII stands behind a backslash or in a raw text`)
  await writeFile(file, ascii(carried === undefined ? code : `${code}${CARRIED}${JSON.stringify(carried)}\n`))
}

function ascii(text) {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
