import { appendFileSync, existsSync } from 'node:fs'
import { EdgeliftError } from './errors.ts'
import { takeLock } from './process-lock.ts'

// A process of the test: takes and releases the lock until the file `stop` is there, and writes down when it holds it.
const [file = '', log = '', stop = ''] = process.argv.slice(2)

for (let turn = 0; !existsSync(stop); turn++) {
  try {
    const lock = await takeLock(file)
    const name = `${process.pid}.${turn}`
    appendFileSync(log, `take ${name}\n`)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
    appendFileSync(log, `free ${name}\n`)
    await lock[Symbol.asyncDispose]()
  } catch (error) {
    if (!(error instanceof EdgeliftError && error.code === 'LOCKED')) throw error
  }
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
}
