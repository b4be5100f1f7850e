import { lstat, readFile, readlink, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { namesIn } from './copies.ts'
import { ask, type Host, onHost, readHostFile } from './host.ts'

/** What is ended: services whose unit cannot be asked any more, and containers. */
export interface Doomed {
  /** Programs by their paths, and folders of programs by a path that ends with a slash. */
  readonly programs: readonly string[]
  /** The socket of the containerd whose shims, and all that runs below them, are ended. */
  readonly socket?: string
}

const PATIENCE = 20_000 // milliseconds until killed processes are gone

/** Kills programs and containers, and waits until they are gone. @throws STEP_FAILED for those that the kernel does not end */
export async function endProcesses(
  host: Host,
  { programs, socket }: Doomed,
  patience = PATIENCE,
): Promise<void> {
  const deadline = performance.now() + patience
  const killed = new Set<number>()
  for (;;) {
    const all = await processTable(host)
    const table = all.filter(({ command }) => command !== '')
    const ours = table.filter(
      ({ command, program }) =>
        (socket !== undefined &&
          command.includes('containerd-shim') &&
          command.split('\0').includes(socket)) ||
        programs.some((one) => (one.endsWith('/') ? program.startsWith(one) : program === one)),
    )
    const doomed = withChildren(table, new Set(ours.map(({ pid }) => pid)))
    // One that ends loses its arguments before it closes its sockets and files.
    const isEnding = all.some(({ pid, hasEnded }) => killed.has(pid) && !hasEnded)
    if (doomed.size === 0 && !isEnding) return
    if (performance.now() > deadline)
      throw unending(all.filter(({ pid, hasEnded }) => doomed.has(pid) || (killed.has(pid) && !hasEnded)))
    for (const pid of doomed) {
      kill(pid)
      killed.add(pid)
    }
    await sleep(50)
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
  /** A zombie (proc(5), State): all that it had open is closed. */
  readonly hasEnded: boolean
  /** The arguments, each with a zero byte behind it; empty for kernel threads and for one that ends. */
  readonly command: string
  /** Its file, also when it has been deleted; empty for those of containers, which have files of their own. */
  readonly program: string
}

async function processTable(host: Host): Promise<Process[]> {
  const names = ((await namesIn(onHost(host, '/proc'))) ?? []).filter((name) => /^\d+$/.test(name))
  const here = await readlink(onHost(host, '/proc/self/ns/mnt')).catch(() => '')
  const table = await Promise.all(
    names.map(async (name) => {
      const at = (file: string) => onHost(host, `/proc/${name}/${file}`)
      const status = await readFile(at('status'), 'utf8').catch(() => '')
      const command = await readFile(at('cmdline'), 'utf8').catch(() => '')
      const isHere = (await readlink(at('ns/mnt')).catch(() => '?')) === here
      const program = isHere ? await readlink(at('exe')).catch(() => '') : ''
      return {
        pid: Number(name),
        parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1] ?? 0),
        hasEnded: !/^State:\t[^ZX]/m.test(status),
        command,
        program: program.replace(/ \(deleted\)$/, ''),
      }
    }),
  )
  return table.filter(({ pid }) => pid !== process.pid)
}

function unending(processes: readonly Process[]): Error {
  const names = processes.map(
    ({ pid, program, command }) => `${program || command.split('\0', 1)[0]} (PID ${pid})`,
  )
  const [list, pids] = [names.join(', '), processes.map(({ pid }) => pid).join(',')]
  return fail('STEP_FAILED', {
    what: { en: `cannot end ${list}`, zh: `无法结束进程 ${list}` },
    because: {
      en: `still there after SIGKILL: as a rule the kernel waits for a disk or a network file system`,
      zh: `发送 SIGKILL 后仍存在：通常是内核在等待磁盘或网络文件系统`,
    },
    fix: {
      en: `see ps -o pid,stat,wchan:32,cmd -p ${pids}; then run it again, if need be after a reboot`,
      zh: `请查看 ps -o pid,stat,wchan:32,cmd -p ${pids}；随后重新运行，必要时先重启本机`,
    },
  })
}

function withChildren(table: readonly Process[], doomed: Set<number>): Set<number> {
  for (let grew = true; grew; ) {
    const before = doomed.size
    for (const { pid, parent } of table) if (doomed.has(parent)) doomed.add(pid)
    grew = doomed.size > before
  }
  return doomed
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

/** Takes away the slices that the kubelet made for pods. */
export async function removePodSlices(host: Host): Promise<void> {
  await ask(host, 'systemctl', 'stop', 'kubepods.slice')
  await ask(host, 'systemctl', 'reset-failed', 'kubepods*.slice')
}

/** Removes the sockets in a folder that no process has open any more (proc_net(5), unix). */
export async function removeDeadSockets(host: Host, folder: string): Promise<void> {
  const open = (await readHostFile(host, '/proc/net/unix')) ?? ''
  for (const name of (await namesIn(onHost(host, folder))) ?? []) {
    const place = `${folder}/${name}`
    const found = await lstat(onHost(host, place)).catch(() => undefined)
    if (found?.isSocket() === true && !open.includes(place)) await rm(onHost(host, place), { force: true })
  }
}
