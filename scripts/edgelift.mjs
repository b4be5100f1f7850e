// `pnpm edgelift ...`: the builder from source. Bundles both programs, then becomes the builder.
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundlePrograms } from './bundle.mjs'

const program = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist', 'edgelift.mjs')
await bundlePrograms()
process.argv[1] = program
await import(pathToFileURL(program).href)
