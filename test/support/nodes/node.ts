import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { supervisorProgram } from './cache.ts'
import { processesIn } from './cgroups.ts'
import { run, start } from './command.ts'
import { copyTree, type Disk, inside } from './disk.ts'
import { layFullDisk } from './full-disk.ts'
import { mountReadOnly } from './guest-disk.ts'
import type { Machine } from './machine.ts'
import { takeSnapshot } from './snapshot.ts'
import type { NodeExecOptions, TestNode } from './types.ts'

export interface NodeParts {
  readonly name: string
  readonly address: string
  readonly disk: Disk
  readonly machine: Machine
  /** Called after each boot. */
  readonly booted: () => Promise<void>
}

/** A node on systemd-nspawn, off until its `boot`. */
export function makeNode({ name, address, disk, machine, booted }: NodeParts): TestNode {
  let disks = 0

  /** While it runs, the node's own view of its files, mounts included. */
  const place = (target: string) => {
    const leader = machine.leader()
    return inside(leader === undefined ? disk.root : `/proc/${leader}/root`, target)
  }

  const node: TestNode = {
    name,
    address,
    root: disk.root,
    leader: machine.leader,
    exec: async (command, options: NodeExecOptions = {}) => {
      const words = typeof command === 'string' ? ['sh', '-c', command] : command
      const shown = `${name}: ${typeof command === 'string' ? command : command.join(' ')}`
      return run(machine.launch(words, options.env), shown, options)
    },
    spawn: (command, options = {}) => start(machine.launch(command, options.env)),
    copyIn: async (source, target) => copyTree(source, await place(target)),
    writeFile: async (target, content, mode = 0o644) => {
      const file = await place(target)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, content, { mode })
      await chmod(file, mode)
    },
    readFile: async (target) => readFile(await place(target), 'utf8'),
    boot: async () => {
      await machine.boot()
      await booted()
    },
    powerOff: () => machine.powerOff(),
    powerLoss: () => disk.losePower(() => machine.powerLoss()),
    reboot: async () => {
      await node.powerOff()
      await node.boot()
    },
    fillDisk: async (target, leaveBytes = 0) => {
      disks += 1
      const image = `${disk.folder}-full-${disks}.ext4`
      const full = await layFullDisk({ folder: await inside(disk.root, target), image, leaveBytes })
      // A running node has mounts of its own; the next boot takes over those that are below its root.
      const device = `/dev/${full.device}`
      const make = `[ -e ${device} ] || mknod ${device} b 7 ${full.device.replace('loop', '')}`
      if (machine.leader() !== undefined) {
        await node.exec(`${make}; mkdir -p '${target}' && mount -t ext4 ${device} '${target}'`)
      }
      return { [Symbol.asyncDispose]: full.empty }
    },
    readOnly: (target) => mountReadOnly(node, target),
    clock: async (offsetSeconds) => {
      if (process.arch !== 'x64') throw new Error('clock: only on amd64, see docs/en/testing.md')
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(Math.round(offsetSeconds * 1e9)))
      // In place: the seccomp-supervisor has this very file mapped.
      const file = await open(machine.clockFile, 'r+')
      await file.write(bytes, 0, 8, 0)
      await file.close()
      const running = (await processesIn(machine.cgroups)).map(String)
      await mustExec(exec, await supervisorProgram(), ['--clock-reaches', '--', ...running])
    },
    journal: async (unit) => {
      const args = unit === undefined ? [] : ['--unit', unit]
      return (await node.exec(['journalctl', '--no-pager', '--merge', ...args])).stdout
    },
    snapshot: () => takeSnapshot(node),
  }
  return node
}
