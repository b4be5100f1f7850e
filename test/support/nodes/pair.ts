import { randomBytes } from 'node:crypto'
import { symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exists, rootOf } from './cache.ts'
import { makeDisk, makeVolatileDisk } from './disk.ts'
import { makeMachine } from './machine.ts'
import { makeNode } from './node.ts'
import {
  ADDRESSES,
  type NodeMaker,
  openPair,
  openSingle,
  openTrio,
  type Place,
  type Role,
  type SingleOptions,
} from './opening.ts'
import type { NodeOptions, Pair, Single, TestNode, Trio } from './types.ts'

/**
 * Two running machines, `cloud` 10.77.0.1 and `edge` 10.77.0.2, joined by one wire and nothing else.
 * The first pair on a machine makes its root file system (about a minute), the next ones take seconds.
 * @throws Error that says what to install when this machine lacks a program
 */
export function airGappedPair(options: NodeOptions = {}): Promise<Pair> {
  return openPair(options, containerMaker)
}

/** A pair, and a second edge `edge-2`, 10.77.0.3, on the same wire. */
export function airGappedTrio(options: NodeOptions = {}): Promise<Trio> {
  return openTrio(options, containerMaker)
}

/** One running machine, 10.77.0.1 or for `edge` 10.77.0.2, whose wire leads to nobody. */
export function airGappedNode(options: SingleOptions = {}): Promise<Single> {
  return openSingle(options, containerMaker)
}

/** Containers: see `airGappedPair`. */
export const containerMaker: NodeMaker = async (options) => {
  const image = await rootOf(options.image ?? 'debian-12')
  return (name, place) => startContainer({ name, image, ...place }, options)
}

interface Container extends Place {
  readonly name: Role
  readonly image: string
}

async function startContainer(container: Container, options: NodeOptions): Promise<TestNode> {
  const { name, image, lab, wire, egress } = container
  const address = ADDRESSES[name]
  const place = { folder: await unusedFolder(path.join(lab.folder, name)), image }
  const disk = await (options.volatileDisk ? makeVolatileDisk(place, lab.cgroups) : makeDisk(place))
  await personalise(disk.root, name, options)
  const plug = { name, address, defaultRoute: options.defaultRoute ?? true }
  const cgroups = lab.cgroups.map((group) => `${group}-${name}`)
  const machine = await makeMachine({ wire, plug, disk, cgroups })
  const node = makeNode({
    name,
    address,
    disk,
    machine,
    booted: () => egress.watchNode(name, machine.routesFile),
  })
  await options.mutate?.(node)
  await node.boot()
  return node
}

const MASKED = [
  // It would go through the devices of this machine at each boot, which are not the node's.
  'systemd-udev-trigger.service',
  // What Debian does at a time of day would be taken for what an installation leaves behind.
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'logrotate.timer',
  'man-db.timer',
]

/** One machine after the other may have the name. */
async function unusedFolder(folder: string, number = 1): Promise<string> {
  const place = number === 1 ? folder : `${folder}-${number}`
  return (await exists(place)) ? unusedFolder(folder, number + 1) : place
}

/** What an installer of Debian writes for each machine. */
async function personalise(root: string, name: string, options: NodeOptions): Promise<void> {
  const nameserver = options.nameserver === undefined ? '127.0.0.1' : options.nameserver
  const files = {
    hostname: `${name}\n`,
    hosts: `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`,
    'resolv.conf': nameserver === null ? '' : `nameserver ${nameserver}\n`,
    'machine-id': `${randomBytes(16).toString('hex')}\n`,
  }
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(root, 'etc', file), content)
  for (const unit of MASKED) await symlink('/dev/null', path.join(root, 'etc/systemd/system', unit))
}
