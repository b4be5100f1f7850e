import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { CHUNK } from '@edgelift/core'
import pLimit from 'p-limit'

// Plain text, because a bundled program has no second file that a worker could be started from.
const HASH_FILE = `
const { createHash } = require('node:crypto')
const { closeSync, openSync, readSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')
const hash = createHash('sha256')
const buffer = Buffer.allocUnsafe(workerData.chunk)
const file = openSync(workerData.file, 'r')
for (let size = 1; size > 0; ) {
  size = readSync(file, buffer)
  hash.update(buffer.subarray(0, size))
}
closeSync(file)
parentPort.postMessage(hash.digest('hex'))
`

const limit = pLimit(availableParallelism())

/**
 * The SHA-256 of a file in hexadecimal, by a thread of its own: several files are hashed on several cores, which
 * makes "nothing has changed" as fast as a copy of the archives.
 */
export function sha256OfFile(file: string): Promise<string> {
  return limit(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(HASH_FILE, { eval: true, workerData: { file, chunk: CHUNK } })
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.once('exit', () => reject(new Error(`the thread that hashes ${file} has ended`)))
      }),
  )
}
