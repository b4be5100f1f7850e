import { spawn } from 'node:child_process'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno, lastLines } from '@edgelift/core'
import { supervisorProgram } from './cache.ts'
import { commandFolders, makeCgroups, processesIn, removeCgroups } from './cgroups.ts'
import { type Launch, run } from './command.ts'
import type { Disk } from './disk.ts'
import { namespaceOf, type Plug, plugIn, unplug, type Wire } from './network.ts'
import { mayRaiseLimits } from './requirements.ts'

/** A container with systemd as its first process, on or off. */
export interface Machine {
  /** Its first process, as this machine counts; undefined while it is off. */
  leader(): number | undefined
  boot(): Promise<void>
  /** Asks systemd to shut down and waits for it. */
  powerOff(): Promise<void>
  powerLoss(): Promise<void>
  /** How a command is run inside. */
  launch(command: readonly string[], env?: Readonly<Record<string, string>>): Launch
  /** A file with the seconds by which the node's programs see another time; see seccomp-supervisor/clock.c. */
  readonly clockFile: string
  /** Where connections without a route are written down, one per line. */
  readonly routesFile: string
  /** The folders of its control groups. */
  readonly cgroups: readonly string[]
}

export interface MachineOptions {
  readonly wire: Wire
  readonly plug: Plug
  readonly disk: Disk
  readonly cgroups: readonly string[]
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** systemd(1): SIGRTMIN+4 powers the machine off; glibc's SIGRTMIN is 34. */
const POWER_OFF = 34 + 4
/** Containers that ignore SIGTERM hold a shutdown up for systemd's 90 seconds. */
const SHUTDOWN_DEADLINE = 180_000
const BOOT_DEADLINE = 90_000
const POWER_LOSS_DEADLINE = 10_000

export async function makeMachine(options: MachineOptions): Promise<Machine> {
  const { wire, plug, disk, cgroups } = options
  const supervisor = await supervisorProgram()
  const clockFile = path.join(disk.folder, 'clock')
  const routesFile = path.join(disk.folder, 'routes')
  const consoleFile = path.join(disk.folder, 'console')
  await writeFile(clockFile, new Uint8Array(8))
  const limits = (await mayRaiseLimits()) ? [] : ['--limits']
  const answers = [...limits, '--clock', clockFile, '--routes', routesFile]
  let leader: number | undefined
  let commands: readonly string[] = []
  let ended: Promise<unknown> = Promise.resolve()

  const boot = async () => {
    if (leader !== undefined) throw new Error(`${plug.name} is on already`)
    await plugIn(wire, plug)
    await makeCgroups(cgroups)
    const log = await open(consoleFile, 'a')
    const child = spawn(
      supervisor,
      [...answers, ...join(cgroups), '--', 'systemd-nspawn', ...nspawnArguments(options)],
      {
        stdio: ['ignore', log.fd, log.fd],
        env: { PATH, SYSTEMD_NSPAWN_API_VFS_WRITABLE: '1', SYSTEMD_NSPAWN_TMPFS_TMP: '0' },
      },
    )
    await log.close()
    let off = false
    ended = new Promise((resolve) => child.on('close', resolve)).then(() => {
      off = true
      leader = undefined
    })
    try {
      leader = await firstProcess(cgroups, () => off)
      commands = await commandFolders(leader)
      await makeCgroups(commands)
      await ready(() => off)
    } catch (error) {
      await powerLoss()
      const words = lastLines(await readFile(consoleFile, 'utf8'), 20)
      throw new Error(`${plug.name} did not boot; its console says:\n${words}`, { cause: error })
    }
  }

  const launch = (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    if (leader === undefined) throw new Error(`${plug.name} is off: nothing can be run on it`)
    return {
      program: supervisor,
      args: [...answers, ...join(commands), '--pid-fd', '3', '--enter', String(leader), '--', ...command],
      env: { PATH, HOME: '/root', LANG: 'C.UTF-8', ...env },
    }
  }

  const inNode = (command: readonly string[]) =>
    run(launch(command), command.join(' '), { check: false, timeout: BOOT_DEADLINE })

  /** Control groups of version 1 are read-only in a container until each is remounted. */
  const ready = async (isOff: () => boolean) => {
    const deadline = Date.now() + BOOT_DEADLINE
    for (;;) {
      if (isOff()) throw new Error('it ended by itself')
      const { stdout } = await inNode(['systemctl', 'is-system-running', '--wait'])
      if (/^(running|degraded)$/m.test(stdout)) break
      if (Date.now() > deadline) throw new Error(`systemd says: ${stdout.trim() || 'nothing'}`)
      await sleep(50)
    }
    const remount = 'for g in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$g" 2>/dev/null; done; true'
    await inNode(['sh', '-c', remount])
  }

  const stopped = async () => {
    await ended
    await removeCgroups(cgroups)
    await unplug(wire, plug.name)
    for (const kind of ['propagate', 'unix-export', 'locks']) {
      await rm(`/run/systemd/nspawn/${kind}/${machineName(options)}`, { recursive: true, force: true })
    }
  }

  const powerOff = async () => {
    if (leader === undefined) return
    signal(leader, POWER_OFF)
    const late = await Promise.race([ended, sleep(SHUTDOWN_DEADLINE, 'late', { ref: false })])
    if (late === 'late') {
      await powerLoss()
      throw new Error(`${plug.name} did not power off within ${SHUTDOWN_DEADLINE / 1000} s`)
    }
    await stopped()
  }

  const powerLoss = async () => {
    if (leader !== undefined) {
      signal(leader, 'SIGKILL')
      // The kernel takes all its processes with it. The seccomp-supervisor must outlive them: one that gets no answer any more
      // sees an error that no power cut makes, and may leave its core on the disk.
      await Promise.race([ended, sleep(POWER_LOSS_DEADLINE, undefined, { ref: false })])
    }
    await removeCgroups(cgroups)
    await stopped()
  }

  return { leader: () => leader, boot, powerOff, powerLoss, launch, clockFile, routesFile, cgroups }
}

function join(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => ['--cgroup', folder])
}

function machineName({ wire, plug }: MachineOptions): string {
  return `edgelift-${wire.id}-${plug.name}`
}

function nspawnArguments(options: MachineOptions): string[] {
  return [
    ...['--quiet', '--boot', '--register=no', '--keep-unit', '--console=pipe'],
    ...['--directory', options.disk.root, '--machine', machineName(options), '--hostname', options.plug.name],
    `--network-namespace-path=/run/netns/${namespaceOf(options.wire, options.plug.name)}`,
    ...['--resolv-conf=off', '--timezone=off', '--link-journal=no', '--bind=/dev/kmsg'],
    ...['--capability=all', '--drop-capability=CAP_SYS_TIME'],
    '--system-call-filter=@mount @keyring bpf add_key keyctl perf_event_open',
  ]
}

/** The process that is number 1 in a process namespace of its own, found among those of the control group. */
async function firstProcess(groups: readonly string[], isOff: () => boolean): Promise<number> {
  const deadline = Date.now() + 20_000
  while (!isOff()) {
    for (const pid of await processesIn(groups)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      const isInit = /^NSpid:\s+\d+\s+1$/m.test(status) && /^Name:\s+systemd$/m.test(status)
      if (isInit) return pid
    }
    if (Date.now() > deadline) throw new Error('no systemd within 20 s')
    await sleep(20)
  }
  throw new Error('systemd-nspawn ended at once')
}

function signal(pid: number, number: number | NodeJS.Signals): void {
  try {
    process.kill(pid, number)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
