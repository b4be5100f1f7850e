// Runs a TypeScript file of this repository on any Node from 20 on (Node 20 cannot strip types itself):
//   node scripts/run.mjs FILE.ts [ARGUMENT ...]
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleTo } from './bundling.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const [file, ...rest] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('usage: node scripts/run.mjs FILE.ts [ARGUMENT ...]\n')
  process.exit(2)
}
const entry = path.resolve(file)
const directory = path.join(root, 'node_modules', '.cache', 'edgelift')
const output = path.join(directory, `${path.basename(entry, '.ts')}.${process.pid}.mjs`)
await mkdir(directory, { recursive: true })
process.on('exit', () => rm(output, { force: true }).catch(() => {}))
await bundleTo({ entry, output, fromSource: true })
process.argv = [process.argv[0], entry, ...rest]
try {
  await import(pathToFileURL(output).href)
} finally {
  await rm(output, { force: true })
}
