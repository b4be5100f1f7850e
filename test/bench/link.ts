import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { LAYERS } from './building.ts'
import { contentBytes, ONE_ARCHIVE, prepare } from './ground.ts'
import { type Row, row, seconds } from './measure.ts'

const BYTES_PER_SECOND = 12_500_000 // 100 Mbit/s
const ONE_WAY = 25 // milliseconds; 50 for the round trip

/**
 * The build over a slow link, against the time that the link alone takes for the bytes. The link is a proxy in this process
 * (no kernel module, no root): all connections share its rate, and each direction delays every byte. Tokens go past it.
 */
export async function linkRows(folder: string): Promise<Row[]> {
  await using ground = await prepare(folder, { more: LAYERS })
  await using link = await slowLink(Number(new URL(ground.upstream.origin).port))
  const config = path.join(folder, 'config.yaml')
  const origin = new URL(ground.upstream.origin).host
  const text = (await readFile(config, 'utf8')).replaceAll(origin, `127.0.0.1:${link.port}`)
  await writeFile(config, `${text.trimEnd()}\n  - ${origin}\n`) // the last entry of plainHttp: tokens come from there
  const ours = await seconds(async () => void (await ground.build(ONE_ARCHIVE)))
  const peer = contentBytes(ground.upstream) / BYTES_PER_SECOND
  return [
    row({
      id: 'P1-link',
      what: 'P1 over 100 Mbit/s with 50 ms / the bytes at the rate of the link',
      goal: 1.03,
      ours,
      peer,
    }),
  ]
}

async function slowLink(target: number): Promise<AsyncDisposable & { readonly port: number }> {
  let free = performance.now() // when the link has sent all that was given to it
  const pace = async (bytes: number): Promise<void> => {
    free = Math.max(free, performance.now()) + (bytes * 1000) / BYTES_PER_SECOND
    const wait = free - performance.now()
    if (wait > 1) await sleep(wait)
  }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        for (const one of [client, upstream]) one.destroy()
      })
    }
    client.pipe(delayed(async () => {})).pipe(upstream)
    upstream.pipe(delayed(pace)).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Passes bytes on when they have had their turn and the way has taken its time; several are under way at once. */
function delayed(turn: (bytes: number) => Promise<void>): Transform {
  let last: Promise<unknown> = Promise.resolve()
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      turn(chunk.length).then(() => {
        const arrived = sleep(ONE_WAY)
        last = last.then(() => arrived).then(() => this.push(chunk))
        done()
      }, done)
    },
    flush(done) {
      last.then(() => done(), done)
    },
  })
}
