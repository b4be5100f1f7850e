// Holds a pair of nodes for a person to look around in, until interrupted:
//   node scripts/run.mjs test/support/nodes/hold.ts
import { once } from 'node:events'
import { airGappedPair } from './index.ts'

const pair = await airGappedPair()
for (const { name, address, leader } of [pair.cloud, pair.edge]) {
  process.stdout.write(`${name} ${address}: nsenter --target ${leader()} --all -- bash -l\n`)
}
process.stdout.write('up\n')
// A timer keeps the process alive: signals alone do not.
const alive = setInterval(() => {}, 60_000)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
clearInterval(alive)
await pair[Symbol.asyncDispose]()
