import { appendFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { sampleBytes, sampleDigests } from './store.sample.ts'
import { openStore } from './store.ts'

// A process of the test: brings every sample into the store, slowly enough to be killed in the middle.
const [root = '', log = ''] = process.argv.slice(2)
const store = await openStore(root)

for (const [index, digest] of sampleDigests().entries()) {
  const bytes = sampleBytes(index)
  const { fetched } = await store.ensure({ digest, size: bytes.length }, `sample ${index}`, async (sink) => {
    const from = await sink.offset()
    appendFileSync(log, `begin ${index} ${from}\n`)
    await sink.append(from, Readable.from(slowly(bytes.subarray(from))))
  })
  if (fetched > 0) appendFileSync(log, `done ${index} ${fetched}\n`)
}

async function* slowly(bytes: Buffer): AsyncGenerator<Buffer> {
  const step = 1024 * 1024
  for (let at = 0; at < bytes.length; at += step) {
    yield bytes.subarray(at, at + step)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
