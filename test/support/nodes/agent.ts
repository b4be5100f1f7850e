import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeExecResult, RunningCommand } from './types.ts'

/** The host's end of the ports through which guest/agent.pl runs commands; its frames are described there. */
export interface Agents {
  run(command: readonly string[], options: AgentRun): RunningCommand
  /** Waits until the guest answers on the first port. @throws Error when the deadline has passed */
  ready(deadline: number): Promise<void>
  close(): void
}

export interface AgentRun {
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array | Readable
}

interface Port {
  readonly socket: Socket
  busy: boolean
  receive: (kind: string, content: Buffer) => void
  /** Called when the guest is gone. */
  lost: () => void
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
}
/** The guest takes in no more at once, so that one command's input cannot fill its memory. */
const PART = 64 * 1024
const KEEP = 16 * 1024 * 1024

export async function connectAgents(sockets: readonly string[]): Promise<Agents> {
  const ports = await Promise.all(sockets.map(openPort))

  /** All ports at work: the command waits for the first one that is free. */
  const free = async () => {
    for (;;) {
      const port = ports.find(({ busy }) => !busy)
      if (port !== undefined) {
        port.busy = true
        return port
      }
      await sleep(20)
    }
  }

  const run = (command: readonly string[], { env, input }: AgentRun): RunningCommand => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    const forLines = new PassThrough({ highWaterMark: KEEP })
    const port = free()
    const ended = (async () => {
      const mine = await port
      const code = new Promise<number>((resolve, reject) => {
        mine.receive = (kind, content) => {
          if (kind === 'O') forLines.write(content)
          if (kind === 'O') out.push(content)
          if (kind === 'E') err.push(content)
          if (kind === 'X') resolve(Number(content.toString()))
        }
        mine.lost = () => reject(new Error('the node went off while the command ran'))
        if (mine.socket.destroyed) mine.lost()
      })
      code.catch(() => {})
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      send(mine.socket, 'A', Buffer.from([variables.length, ...variables, ...command].join('\0')))
      await feed(mine.socket, input)
      const result = { code: await code, stdout: text(out), stderr: text(err) }
      mine.receive = () => {}
      mine.busy = false
      return result
    })()
    const done: Promise<NodeExecResult> = ended.catch((error: unknown) => ({
      code: 137,
      stdout: text(out),
      stderr: `${text(err)}${error instanceof Error ? error.message : ''}\n`,
    }))
    void done.then(() => forLines.end())
    const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
      send((await port).socket, 'S', Buffer.from(String(SIGNALS[signal] ?? 15)))
    }
    return { done, kill, lines: createInterface({ input: forLines }) }
  }

  const ready = async (deadline: number) => {
    const [first] = ports
    if (first === undefined) throw new Error('no port to the guest')
    let answered = false
    first.receive = (kind) => {
      answered ||= kind === 'R'
    }
    while (!answered) {
      if (Date.now() > deadline) throw new Error('the guest does not answer')
      if (first.socket.destroyed) throw new Error('the emulator has ended')
      send(first.socket, 'P', Buffer.from('here'))
      await sleep(100)
    }
    first.receive = () => {}
  }
  return { run, ready, close: () => ports.forEach(({ socket }) => void socket.destroy()) }
}

async function openPort(path: string): Promise<Port> {
  const socket = connect(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const port: Port = { socket, busy: false, receive: () => {}, lost: () => {} }
  let inbox = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('close', () => port.lost())
  socket.on('data', (chunk: Buffer) => {
    inbox = Buffer.concat([inbox, chunk])
    while (inbox.length >= 5) {
      const end = 5 + inbox.readUInt32BE(1)
      if (inbox.length < end) break
      port.receive(inbox.toString('latin1', 0, 1), inbox.subarray(5, end))
      inbox = inbox.subarray(end)
    }
  })
  return port
}

function send(socket: Socket, kind: string, content: Uint8Array): boolean {
  const head = Buffer.alloc(5)
  head.write(kind, 'latin1')
  head.writeUInt32BE(content.length, 1)
  return socket.write(Buffer.concat([head, content]))
}

async function feed(socket: Socket, input: AgentRun['input']): Promise<void> {
  for await (const chunk of partsOf(input)) {
    if (send(socket, 'I', chunk) || socket.destroyed) continue
    await drained(socket)
  }
  if (!socket.destroyed) send(socket, 'I', Buffer.alloc(0))
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

async function* partsOf(input: AgentRun['input']): AsyncGenerator<Uint8Array> {
  if (input === undefined) return
  const chunks =
    typeof input === 'string' ? [Buffer.from(input)] : input instanceof Uint8Array ? [input] : input
  for await (const chunk of chunks as AsyncIterable<Uint8Array> | Uint8Array[]) {
    for (let at = 0; at < chunk.length; at += PART) yield chunk.subarray(at, at + PART)
  }
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8')
}
