import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec, isErrno, mustExec } from '@edgelift/core'
import { type Agents, connectAgents } from './agent.ts'
import { commandFailed, withDeadline } from './command.ts'
import { type Emulator, PORTS, startEmulator } from './emulator.ts'
import { fillGuestDisk, mountReadOnly } from './guest-disk.ts'
import { guestImage } from './guest-image.ts'
import { gateOf, hardwareAddress, type Plug, plugInCards, unplug } from './network.ts'
import { ADDRESSES, type NodeMaker, openPair, type Place, type Role } from './opening.ts'
import { containerMaker } from './pair.ts'
import { needProgram } from './requirements.ts'
import { takeSnapshot } from './snapshot.ts'
import type { NodeOptions, Pair, TestNode } from './types.ts'

/**
 * As `airGappedPair`, on emulated machines with a kernel of their own: control groups of version 2, all capabilities,
 * modules, a clock, a real power loss. They start from a saved state in seconds; a `boot` takes a minute, and
 * everything in there is ten times slower. What differs: `root` cannot be read, `egress` sees no `no-route` and only
 * those names that were asked for outside of the node, and `mutate` runs on the started node.
 * @throws Error that says what to install when this machine lacks a program
 */
export function qemuPair(options: NodeOptions = {}): Promise<Pair> {
  return openPair(options, guestMaker)
}

/** A cloud as `airGappedPair` has it, which is quick, and an edge that is an emulated machine. */
export function emulatedEdgePair(options: NodeOptions = {}): Promise<Pair> {
  return openPair(options, async (given) => {
    const [container, guest] = [await containerMaker(given), await guestMaker(given)]
    return (name, place) => (name === 'cloud' ? container : guest)(name, place)
  })
}

const guestMaker: NodeMaker = async (options) => {
  await needProgram('qemu-system-x86_64', 'qemu-system-x86')
  await needProgram('qemu-img', 'qemu-utils')
  const image = await guestImage(options.image ?? 'debian-12')
  return (name, place) => startGuest({ name, image, ...place }, options)
}

interface Guest extends Place {
  readonly name: Role
  readonly image: string
}

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
}
const BOOT_DEADLINE = 600_000
const SHUTDOWN_DEADLINE = 300_000

async function startGuest(guest: Guest, options: NodeOptions): Promise<TestNode> {
  const { name, image, lab, wire, egress } = guest
  const address = ADDRESSES[name]
  const folder = path.join(lab.folder, name)
  await mkdir(folder)
  const disk = path.join(folder, 'disk')
  const backing = ['-b', path.join(image, 'disk'), '-F', 'raw']
  await mustExec(exec, 'qemu-img', ['create', '-q', '-f', 'qcow2', ...backing, disk])
  const plug = { name, address, defaultRoute: options.defaultRoute ?? true }
  let running: { readonly emulator: Emulator; readonly agents: Agents } | undefined

  const start = async (resume: boolean) => {
    if (running !== undefined) throw new Error(`${name} is on already`)
    await plugInCards(wire, plug)
    await egress.watchLinks()
    const emulator = await startEmulator({
      ...{ name, folder, image, resume, cgroups: lab.cgroups, namespace: wire.outside },
      disk: { file: disk, format: 'qcow2' },
    })
    const agents = await connectAgents(PORTS.map((port) => path.join(folder, port)))
    running = { emulator, agents }
    await agents.ready(Date.now() + BOOT_DEADLINE)
  }
  const stopped = async (emulator: Emulator) => {
    await emulator.ended
    running?.agents.close()
    running = undefined
    await unplug(wire, name)
  }
  const agents = () => {
    if (running === undefined) throw new Error(`${name} is off: nothing can be run on it`)
    return running.agents
  }
  const run = (
    command: readonly string[],
    more: { env?: Readonly<Record<string, string>>; input?: Parameters<Agents['run']>[1]['input'] } = {},
  ) =>
    agents().run(command, {
      env: { ...ENVIRONMENT, ...more.env },
      ...(more.input === undefined ? {} : { input: more.input }),
    })

  const node: TestNode = {
    name,
    address,
    get root(): string {
      throw new Error('the disk of an emulated machine cannot be seen from outside: use readFile and exec')
    },
    leader: () => running?.emulator.pid,
    exec: async (command, given = {}) => {
      const words = typeof command === 'string' ? ['sh', '-c', command] : command
      const result = await withDeadline(run(words, given), given.timeout)
      if (result.code === 0 || given.check === false) return result
      throw commandFailed(`${name}: ${typeof command === 'string' ? command : command.join(' ')}`, result)
    },
    spawn: (command, given = {}) => run(command, given),
    copyIn: async (source, target) => {
      const isFolder = (await stat(source)).isDirectory()
      const from = isFolder ? ['-C', source, '.'] : ['-C', path.dirname(source), path.basename(source)]
      const into = path.posix.dirname(target)
      const unpack = isFolder
        ? `rm -rf "$1" && mkdir -p "$1" && tar -x -C "$1"`
        : `mkdir -p "$2" && rm -rf "$1" && tar -x -O > "$1" && chmod "$3" "$1"`
      const mode = ((await stat(source)).mode & 0o7777).toString(8)
      const tar = spawn('tar', ['-c', '--sparse', ...from], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(tar, 'close')
      // Read from the start: what nobody reads until the program has ended is thrown away.
      const input = tar.stdout.pipe(new PassThrough())
      const { code, stderr } = await run(['sh', '-c', unpack, 'sh', target, into, mode], { input }).done
      await ended
      if (code !== 0) throw new Error(`${name}: ${source} cannot be copied to ${target}: ${stderr}`)
    },
    writeFile: async (target, content, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"'
      await node.exec(['sh', '-c', script, 'sh', target, mode.toString(8)], { input: content })
    },
    readFile: async (target) => (await node.exec(['cat', target])).stdout,
    boot: () => start(false),
    powerOff: async () => {
      if (running === undefined) return
      const { emulator } = running
      await node.exec('systemctl poweroff --no-block')
      const late = await Promise.race([emulator.ended, sleep(SHUTDOWN_DEADLINE, 'late', { ref: false })])
      if (late !== 'late') return stopped(emulator)
      await node.powerLoss()
      throw new Error(`${name} did not power off within ${SHUTDOWN_DEADLINE / 1000} s`)
    },
    powerLoss: async () => {
      if (running === undefined) return
      const { emulator } = running
      kill(emulator.pid)
      await stopped(emulator)
    },
    reboot: async () => {
      await node.powerOff()
      await node.boot()
    },
    fillDisk: (target, leaveBytes = 0) => fillGuestDisk(node, target, leaveBytes),
    readOnly: (target) => mountReadOnly(node, target),
    clock: async (offsetSeconds) => {
      await node.exec(['date', '-s', `@${(Date.now() / 1000 + offsetSeconds).toFixed(3)}`])
    },
    journal: async (unit) => {
      const args = unit === undefined ? [] : ['--unit', unit]
      return (await node.exec(['journalctl', '--no-pager', '--merge', ...args])).stdout
    },
    snapshot: () => takeSnapshot(node),
  }
  await start(true)
  await personalise(node, plug, options)
  await options.mutate?.(node)
  return node
}

/** Every resumed machine is the same one; this gives it a name, an identity, an address and the time. */
async function personalise(node: TestNode, plug: Plug, options: NodeOptions): Promise<void> {
  const gate = gateOf(plug)
  const settings = {
    ADDRESS: plug.address,
    HARDWARE: hardwareAddress(plug),
    GATE: gate?.node ?? '',
    GATEWAY: gate?.gateway ?? '',
  }
  const nameserver = options.nameserver === undefined ? '127.0.0.1' : options.nameserver
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  await node.exec(
    `date -s "$NOW" >/dev/null
    echo ${plug.name} > /etc/hostname; hostname ${plug.name}
    printf '127.0.0.1 localhost\\n127.0.1.1 ${plug.name}\\n::1 localhost ip6-localhost ip6-loopback\\n' > /etc/hosts
    printf "$RESOLVER" > /etc/resolv.conf
    echo ${randomBytes(16).toString('hex')} > /etc/machine-id
    printf '${lines.join('\\n')}\\n' > /etc/node
    systemctl restart node-network`,
    {
      env: {
        NOW: `@${(Date.now() / 1000).toFixed(3)}`,
        RESOLVER: nameserver === null ? '' : `nameserver ${nameserver}\\n`,
      },
    },
  )
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
