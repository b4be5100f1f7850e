import { spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastLines } from '@edgelift/core'
import { z } from 'zod'
import { exists } from './cache.ts'
import { joinLine } from './cgroups.ts'

/** Commands that run at the same time on one guest; more wait for a free port. */
export const PORTS: readonly string[] = ['agent0', 'agent1', 'agent2', 'agent3']

export interface EmulatorOptions extends MachineShape {
  /** Holds its sockets and the console's text. */
  readonly folder: string
  /** The network namespace in which the taps `wire-NAME` and `gate-NAME` are. */
  readonly namespace: string
  readonly cgroups: readonly string[]
}

/** What the emulator's command line is made of. */
export interface MachineShape {
  readonly name: string
  /** With `kernel`, `initrd` and, to start from it, `state`. */
  readonly image: string
  readonly disk: { readonly file: string; readonly format: 'raw' | 'qcow2' }
  /** True: goes on where the saved state was taken, in a second instead of a boot. */
  readonly resume: boolean
}

/** A running qemu-system-x86_64. */
export interface Emulator {
  readonly pid: number
  readonly ended: Promise<void>
  /** One QMP command. @throws Error with the emulator's words when it is refused */
  ask(command: string, options?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** Starts the emulator (no KVM: every instruction is translated) and waits until it can be talked to. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { folder, namespace, cgroups } = options
  for (const socket of ['qmp', ...PORTS]) await rm(path.join(folder, socket), { force: true })
  const log = await open(path.join(folder, 'emulator'), 'a')
  const script = `${joinLine(cgroups)}; exec nsenter --net=/run/netns/${namespace} qemu-system-x86_64 "$@"`
  const child = spawn('sh', ['-ec', script, 'sh', ...emulatorArguments(options)], {
    cwd: folder,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  let off = false
  const ended = new Promise<void>((resolve) => {
    const done = () => {
      off = true
      resolve()
    }
    child.on('error', done)
    child.on('exit', done)
  })
  while (!off && !(await exists(path.join(folder, PORTS.at(-1) ?? 'qmp')))) await sleep(20)
  if (off || child.pid === undefined) {
    const words = lastLines(await readFile(path.join(folder, 'emulator'), 'utf8'), 10)
    throw new Error(`${options.name}: qemu-system-x86_64 ended at once: ${words}`)
  }
  const emulator: Emulator = {
    pid: child.pid,
    ended,
    ask: (command, more) => ask(path.join(folder, 'qmp'), command, more),
  }
  if (options.resume) await goOn(emulator)
  return emulator
}

/** A machine that stood still when its state was saved stands still when it is there again. */
async function goOn(emulator: Emulator): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { status } = z.object({ status: z.string() }).parse(await emulator.ask('query-status'))
    if (status === 'paused') break
    if (Date.now() > deadline) throw new Error(`the emulator does not take its state: ${status}`)
    await sleep(50)
  }
  await emulator.ask('cont')
}

/** The devices and their order are part of the saved state. */
export function emulatorArguments({ name, image, disk, resume }: MachineShape): string[] {
  const ports = PORTS.flatMap((port) => [
    ...['-chardev', `socket,id=${port},path=${port},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=${port},name=${port}`],
  ])
  const cards = [`wire-${name}`, `gate-${name}`].flatMap((tap, i) => [
    ...['-netdev', `tap,id=net${i},ifname=${tap},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=net${i},mac=02:00:00:00:00:0${i}`],
  ])
  return [
    ...['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '2', '-m', '2048'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', path.join(image, 'kernel'), '-initrd', path.join(image, 'initrd')],
    ...['-append', 'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet'],
    // What the guest has written is in this machine's page cache, which outlives the emulator: no need to sync.
    ...['-drive', `file=${disk.file},if=none,id=disk,format=${disk.format},cache=unsafe`],
    ...['-device', 'virtio-blk-pci,drive=disk', '-device', 'virtio-rng-pci'],
    ...cards,
    ...['-serial', 'file:console', '-qmp', 'unix:qmp,server=on,wait=off'],
    ...['-device', 'virtio-serial-pci,max_ports=8', ...ports],
    ...(resume ? ['-incoming', `exec:cat ${path.join(image, 'state')}`] : []),
  ]
}

/** QEMU's machine protocol: one JSON document per line; events stand between the answers. */
const Answer = z.object({
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
  event: z.string().optional(),
  QMP: z.unknown().optional(),
})

async function ask(
  socket: string,
  command: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const connection = connect(socket)
  try {
    connection.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n`)
    connection.write(`${JSON.stringify({ execute: command, arguments: options })}\n`)
    let answers = 0
    for await (const line of createInterface({ input: connection })) {
      const answer = Answer.parse(JSON.parse(line))
      if (answer.event !== undefined || answer.QMP !== undefined) continue
      answers += 1
      if (answers < 2) continue
      if (answer.error !== undefined) throw new Error(`the emulator refuses ${command}: ${answer.error.desc}`)
      return answer.return
    }
    throw new Error(`the emulator ended before it answered to ${command}`)
  } finally {
    connection.destroy()
  }
}
