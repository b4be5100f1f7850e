// The form of the programs that are shipped: one file of several parts, each compiled when it is first needed.
import { posix } from 'node:path'

/** How a comment's end stands in a part, which is inside of a comment itself. */
const END = '*|/'

/**
 * The text of an ES module that calls `main` of the part `entry`. Parts are CommonJS, in comments, so that V8 skips those that a
 * command does not need; their lines in stack traces are those of this file.
 * @param {readonly {name: string, code: string}[]} parts of ASCII: offsets in the text are those in the file
 * @param {string} entry
 */
export function textOfParts(parts, entry) {
  const bodies = parts.map(({ name, code }) => {
    if (code.includes(END)) throw new Error(`${name}: holds ${END}, which stands for the end of a comment`)
    return { name, mark: `/* part ${name}\n`, code: code.replaceAll('*/', END) }
  })
  const index = (head) => {
    let [start, line] = [head.length, newlines(head)]
    const entries = bodies.map(({ name, mark, code }) => {
      const at = [start + mark.length, code.length, line + 1]
      start += mark.length + code.length + '*/\n'.length
      line += newlines(code) + 2
      return `  '${name}': [${at.map((n) => String(n).padStart(8)).join(', ')}],`
    })
    return entries.join('\n')
  }
  // The index is as long as it is, whatever its numbers are.
  const draft = headOf(index(''), entry)
  const head = headOf(index(draft), entry)
  return head + bodies.map(({ mark, code }) => `${mark}${code}*/\n`).join('')
}

const newlines = (text) => text.split('\n').length - 1

function headOf(index, entry) {
  return `import { openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, constants } from 'node:vm'

// Nothing has begun yet: the exit code of every interruption, until the command line hears signals itself.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => process.listenerCount(name) > 1 || process.exit(5))

const file = fileURLToPath(import.meta.url)
const ofNode = createRequire(import.meta.url)
/** Where the code of each part begins in this file, its length, and its line. */
const PARTS = {
${index}
}
const opened = openSync(file)
const loaded = new Map()

function load(name) {
  const found = loaded.get(name)
  if (found !== undefined) return found.exports
  const [start, length, line] = PARTS[name]
  const bytes = Buffer.alloc(length)
  if (readSync(opened, bytes, 0, length, start) !== length) throw new Error(\`\${file} has been cut\`)
  const module = { exports: {} }
  loaded.set(name, module)
  const names = ['exports', 'require', 'module', '__filename', '__dirname']
  const run = compileFunction(bytes.latin1Slice().replaceAll('${END}', '*' + '/'), names, {
    filename: file,
    lineOffset: line,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  run(module.exports, (wanted) => (wanted.startsWith('./') ? load(wanted) : ofNode(wanted)), module, file, path.dirname(file))
  return module.exports
}

await load('./${posix.basename(entry)}').main()

`
}
