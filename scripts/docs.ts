import path from 'node:path'
import { buildSite } from './site/build.ts'

const root = path.dirname(import.meta.dirname)
const out = path.join(root, 'dist', 'site')
const counts = await buildSite(path.join(root, 'docs'), out)
const pages = Object.entries(counts).map(([folder, count]) => `${folder}: ${count}`)
process.stdout.write(`dist/site/index.html (${pages.join(', ')} pages)\n`)
