import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fail } from './codes.ts'
import { hashHere } from './hash-here.ts'
import { THREAD_PROGRAM } from './hash-thread-program.ts'
import type { HashThread, Passage, Passed, ThreadHash } from './hash-thread-types.ts'
import { restoreSmallHeap } from './small-heap.ts'

/** Megabytes. The thread makes next to no objects; without limits V8 lets its heap grow all the same. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 }

interface Counted extends HashThread {
  /** How many hashes are under way. */
  readonly busy: () => number
}

const threads: Counted[] = []

/** Bytes. Less is hashed before another thread has begun. */
const WORTH_A_THREAD = 1024 * 1024

/**
 * The thread that has the least to do; there are as many as processors, started when they are needed.
 * @param work bytes that are to be hashed, as far as they are known; for few it is this thread
 */
export function hashThread(work = Number.POSITIVE_INFINITY): HashThread {
  if (work < WORTH_A_THREAD) return hashHere()
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
  return threadOf(new Worker(THREAD_PROGRAM, { eval: true, resourceLimits: LIMITS }))
}

/** What a worker has to be, for one that runs the program of the thread. */
export type HashWorker = Pick<Worker, 'on' | 'ref' | 'unref' | 'postMessage'>

/** Every call ends: with the worker's answer, or with THREAD_FAILED where it has not started or has ended. */
export function threadOf(worker: HashWorker): Counted {
  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let [count, busy] = [0, 0]
  const take = (call: number) => {
    const one = calls.get(call)
    calls.delete(call)
    if (calls.size === 0) worker.unref() // an idle thread does not keep the program from ending
    return one
  }
  let broken: { readonly error: unknown } | undefined // nothing comes back from a thread that has ended, not even an error
  const end = (error: unknown): void => {
    broken ??= { error }
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
    for (const call of [...calls.keys()]) take(call)?.reject(broken.error)
  }
  const send: Send = (action, input, transfer = []) =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) return reject(broken.error)
      const call = count++
      calls.set(call, { resolve, reject })
      worker.ref()
      worker.postMessage({ call, action, input }, [...transfer])
    })
  worker.on('message', ({ call, value, error }: { call: number; value: unknown; error?: object }) =>
    error === undefined ? take(call)?.resolve(value) : take(call)?.reject(errorOf(error)),
  )
  worker.on('online', restoreSmallHeap)
  worker.on('error', (cause: Error) => end(threadFailed(cause)))
  worker.on('exit', () => end(threadFailed()))
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

function threadFailed(cause?: Error): Error {
  const words = cause?.message ?? 'it has ended'
  return fail(
    'THREAD_FAILED',
    {
      what: { en: 'the thread that hashes could not run', zh: '计算哈希的线程无法运行' },
      because: cause === undefined ? { en: words, zh: '线程已退出' } : words,
      fix: {
        en: 'allow more open files and processes (ulimit -n, ulimit -u, the pids limit of a container) or more memory, and run it again',
        zh: '请调高打开文件数和进程数的限制（ulimit -n、ulimit -u、容器的 pids 限制）或增加内存，然后重新运行',
      },
    },
    { cause },
  )
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
