import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { THREAD_PROGRAM } from './hash-thread-program.ts'

/** A hash that a {@link HashThread} computes. */
export interface ThreadHash {
  readonly key: number
  readonly thread: HashThread
  /** Adds what an open file holds from `from` on, at most `length` bytes; returns how many there were. */
  updateFrom(fd: number, from: number, length: number): Promise<number>
  /** The hash of all bytes so far, in hexadecimal. More may follow. */
  peek(): Promise<string>
  /** As {@link peek}, and nothing follows. */
  digest(): Promise<string>
  /** Gives up; harmless after {@link digest}. */
  drop(): void
}

/** What a thread does with a buffer that is passed to it, in this order. */
export interface Passage {
  /** Parts of the buffer that are added to hashes of this thread. */
  readonly hashed?: readonly { readonly hash: ThreadHash; readonly from: number; readonly to: number }[]
  /** Parts whose CRC-32 is taken. */
  readonly crcs?: readonly (readonly [from: number, to: number])[]
  /** Writes the first `length` bytes to an open file, at its place; nothing once writing what `hash` covers has failed. */
  readonly write?: { readonly fd: number; readonly length: number; readonly hash: ThreadHash }
}

/** What comes back from a {@link Passage}. */
export interface Passed {
  /** The buffer that was passed; the one that was sent is empty since. */
  readonly buffer: Buffer
  readonly crcs: readonly number[]
  /** Bytes; fewer than asked for where there is an error. */
  readonly written: number
  /** What writing has thrown. */
  readonly error: NodeJS.ErrnoException | undefined
}

/** A thread that hashes, checks and writes while this one fetches, compresses and copies. Calls are served in order. */
export interface HashThread {
  hash(algorithm?: 'sha256' | 'blake2b512'): ThreadHash
  /** @param buffer of `takeBuffer()`: away until the promise gives it back */
  pass(buffer: Buffer, passage: Passage): Promise<Passed>
}

/** Megabytes. The thread makes next to no objects; without limits V8 lets its heap grow all the same. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 }

interface Counted extends HashThread {
  /** How many hashes are under way. */
  readonly busy: () => number
}

const threads: Counted[] = []

/** The thread that has the least to do; there are as many as processors, started when they are needed. */
export function hashThread(): HashThread {
  const idle = threads.find((thread) => thread.busy() === 0)
  if (idle !== undefined) return idle
  if (threads.length < availableParallelism()) {
    const started = startThread()
    threads.push(started)
    return started
  }
  return threads.reduce((least, thread) => (thread.busy() < least.busy() ? thread : least))
}

type Send = (action: string, input: unknown, transfer?: readonly ArrayBuffer[]) => Promise<unknown>

function startThread(): Counted {
  const worker = new Worker(THREAD_PROGRAM, { eval: true, resourceLimits: LIMITS })
  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let [count, busy] = [0, 0]
  const take = (call: number) => {
    const one = calls.get(call)
    calls.delete(call)
    if (calls.size === 0) worker.unref() // an idle thread does not keep the program from ending
    return one
  }
  const fail = (error: unknown): void => {
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
    for (const call of [...calls.keys()]) take(call)?.reject(error)
  }
  const send: Send = (action, input, transfer = []) =>
    new Promise((resolve, reject) => {
      const call = count++
      calls.set(call, { resolve, reject })
      worker.ref()
      worker.postMessage({ call, action, input }, [...transfer])
    })
  worker.on('message', ({ call, value, error }: { call: number; value: unknown; error?: object }) =>
    error === undefined ? take(call)?.resolve(value) : take(call)?.reject(errorOf(error)),
  )
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that hashes has ended')))
  worker.unref()
  const thread: Counted = {
    busy: () => busy,
    hash(algorithm = 'sha256') {
      busy++
      return threadHash(thread, send, { algorithm, ended: () => busy-- })
    },
    pass: (buffer, passage) => pass(send, buffer, passage),
  }
  return thread
}

let keys = 0

function threadHash(
  thread: HashThread,
  send: Send,
  { algorithm, ended }: { readonly algorithm: string; readonly ended: () => void },
): ThreadHash {
  const key = keys++
  let open = true
  send('begin', { key, algorithm }).catch(() => {}) // what breaks the thread is told by the calls that follow
  const drop = (): void => {
    if (!open) return
    open = false
    ended()
    send('end', { key }).catch(() => {})
  }
  return {
    key,
    thread,
    updateFrom: async (fd, from, length) => (await send('read', { key, fd, from, length })) as number,
    peek: async () => (await send('peek', { key })) as string,
    async digest() {
      const hex = send('peek', { key }) as Promise<string>
      drop()
      return await hex
    },
    drop,
  }
}

async function pass(send: Send, buffer: Buffer, { hashed = [], crcs = [], write }: Passage): Promise<Passed> {
  const memory = buffer.buffer as ArrayBuffer
  const parts = hashed.map(({ hash, from, to }) => [hash.key, from, to])
  const file = write && { fd: write.fd, length: write.length, key: write.hash.key }
  const passed = (await send('pass', { memory, hashed: parts, crcs, write: file }, [memory])) as {
    readonly memory: ArrayBuffer
    readonly crcs: readonly number[]
    readonly written: number
    readonly error?: object
  }
  const error = passed.error === undefined ? undefined : errorOf(passed.error)
  return { buffer: Buffer.from(passed.memory), crcs: passed.crcs, written: passed.written, error }
}

/** An error of the other thread: what is cloned between threads loses its code. */
function errorOf(fields: { readonly message?: string }): NodeJS.ErrnoException {
  return Object.assign(new Error(fields.message), fields)
}
