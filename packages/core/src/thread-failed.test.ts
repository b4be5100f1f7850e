import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { takeBuffer } from './buffers.ts'
import { type HashWorker, threadOf } from './hash-thread.ts'

it('a thread that cannot start ends what waits for it, and what is asked of it later', async () => {
  const events = new EventEmitter()
  const nothing = (): void => {}
  const worker = Object.assign(events, { postMessage: nothing, ref: nothing, unref: nothing })
  const thread = threadOf(worker as unknown as HashWorker)
  setImmediate(() => {
    worker.emit('error', new Error('Worker initialization failure: EMFILE'))
    worker.emit('exit', 1)
  })
  const failed = { code: 'THREAD_FAILED', because: { en: 'Worker initialization failure: EMFILE' } }
  const hash = thread.hash()
  await expect(hash.peek()).rejects.toMatchObject(failed)
  await expect(hash.peek()).rejects.toMatchObject(failed)
  await expect(thread.pass(takeBuffer(), {})).rejects.toMatchObject(failed)
  await expect(hash.digest()).rejects.toMatchObject(failed)
})
