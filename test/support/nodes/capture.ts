import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec } from '@edgelift/core'
import { exists } from './cache.ts'
import { joinLine } from './cgroups.ts'
import { type Packet, packetsOf } from './packets.ts'

/** A running recording of packets. */
export interface Capture {
  /** What was recorded so far, in order. */
  packets(): Promise<Packet[]>
  stop(): Promise<void>
}

export interface CaptureOptions {
  /** Records what this network namespace sees on all of its links. */
  readonly namespace: string
  /** pcap-filter(7). */
  readonly filter: string
  readonly file: string
  /** The recording process joins these control groups, by which it is found when its owner is gone. */
  readonly cgroups: readonly string[]
}

/** Starts tcpdump and waits until it records. @throws Error with its words when it does not start */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const record = `exec nsenter --net=/run/netns/${options.namespace} tcpdump -i any -y LINUX_SLL2 -n -U --immediate-mode -s 512 -Z root -w ${options.file} '${options.filter}'`
  const child = spawn('sh', ['-ec', `${joinLine(options.cgroups)}; ${record}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await listening(child)
  return {
    packets: async () => {
      // Packets cross the kernel's buffer and tcpdump before they are in the file.
      await sleep(50)
      return (await exists(options.file)) ? packetsOf(await readFile(options.file)) : []
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = ''
    child.stderr?.on('data', (chunk) => {
      words += String(chunk)
      if (words.includes('listening on')) resolve()
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`tcpdump ended with code ${code}: ${words}`)))
  })
}

/** The numbers by which packets name the links of a network namespace. */
export async function linksOf(namespace: string): Promise<Map<number, string>> {
  const { stdout } = await exec('ip', ['-n', namespace, '-o', 'link'])
  const links = new Map<number, string>()
  for (const line of stdout.split('\n')) {
    const [, number, name] = /^(\d+): ([^:@]+)/.exec(line) ?? []
    if (number !== undefined && name !== undefined) links.set(Number(number), name)
  }
  return links
}
