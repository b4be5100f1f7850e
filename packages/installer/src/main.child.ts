import { mkdirSync } from 'node:fs'
import { main } from './main.ts'

/** The program with an umask that is given, and a folder that is made when it runs. */
const [umask = '', folder = '', ...argv] = process.argv.slice(2)
process.umask(umask)
process.argv.splice(2, Infinity, ...argv)
await main()
mkdirSync(folder, { recursive: true })
