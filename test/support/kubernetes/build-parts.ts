import { type PartName, parts } from './parts.ts'

// Builds the parts named on the command line, or all of them, and prints where they are:
//   node scripts/run.mjs test/support/kubernetes/build-parts.ts [NAME ...]
const names = process.argv.slice(2) as PartName[]
const places = await parts(names.length === 0 ? undefined : names)
for (const [name, place] of Object.entries(places)) process.stdout.write(`${name} ${place}\n`)
