/**
 * What runs in a `HashThread`. Plain text, because a bundled program has no second file that a worker could be started
 * from. On Node 20 `zlib.crc32` is there from 20.15 on.
 */
export const THREAD_PROGRAM = `
const { createHash } = require('node:crypto')
const { readSync, writeSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
const { crc32 } = require('node:zlib')
const hashes = new Map()
let buffer
const fieldsOf = ({ message, code, errno, syscall }) => ({ message, code, errno, syscall })
const actions = {
  begin: ({ key, algorithm }) => void hashes.set(key, { hash: createHash(algorithm), broken: undefined }),
  peek: ({ key }) => hashes.get(key).hash.copy().digest('hex'),
  end: ({ key }) => void hashes.delete(key),
  read({ key, fd, from, length }) {
    buffer ??= Buffer.allocUnsafeSlow(1024 * 1024)
    for (let done = 0; ; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), from + done)
      if (count === 0) return done
      hashes.get(key).hash.update(buffer.subarray(0, count))
      done += count
    }
  },
  pass({ memory, hashed, crcs, write }) {
    for (const [key, from, to] of hashed) hashes.get(key).hash.update(new Uint8Array(memory, from, to - from))
    const sums = crcs.map(([from, to]) => crc32(new Uint8Array(memory, from, to - from)))
    let written = 0
    const to = write && hashes.get(write.key)
    try {
      const bytes = new Uint8Array(memory)
      while (write !== undefined && to.broken === undefined && written < write.length)
        written += writeSync(write.fd, bytes, written, write.length - written)
    } catch (thrown) {
      to.broken = fieldsOf(thrown)
    }
    return { memory, crcs: sums, written, error: to?.broken }
  },
}
parentPort.on('message', ({ call, action, input }) => {
  try {
    const value = actions[action](input)
    parentPort.postMessage({ call, value }, action === 'pass' ? [value.memory] : [])
  } catch (error) {
    parentPort.postMessage({ call, error: fieldsOf(error) })
  }
})
`
