import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Programs by the package that brings them; the packages are those of packages.txt. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  tcpdump: 'tcpdump',
  gcc: 'gcc',
  'mkfs.ext4': 'e2fsprogs',
  mount: 'mount',
  nsenter: 'util-linux',
}

/**
 * Says at once, and in full, what this machine lacks for running nodes.
 * @throws Error that names what to install or to change
 */
export async function checkRequirements(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('test nodes need Linux')
  if (process.getuid?.() !== 0) {
    throw new Error(
      'test nodes need root: they make namespaces, mounts and control groups; run the tests with sudo',
    )
  }
  await access('/dev/loop-control').catch(() => {
    throw new Error(
      'test nodes need loop devices for their disks: modprobe loop, or let this container have /dev/loop-control',
    )
  })
  const missing: string[] = []
  for (const program of Object.keys(PROGRAMS)) if (!(await findProgram(program))) missing.push(program)
  if (missing.length === 0) return
  const file = path.join(import.meta.dirname, 'packages.txt')
  const packages = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  throw new Error(
    `test nodes need ${missing.join(', ')}, which this machine does not have: apt-get install --no-install-recommends ${packages.join(' ')}`,
  )
}

const INSTANCES = '/proc/sys/fs/inotify/max_user_instances'
/** Three pairs at once have been seen with 130 on this machine as a whole; the kernel's default is 128. */
const ENOUGH_INSTANCES = 1024

/**
 * Lets the nodes of several tests run at the same time: systemd, containerd and kubelet of all of them watch files as
 * one user of this machine, and a kubelet that gets no watch ends. Raises the limit until the next boot.
 * @throws Error that names the setting, where it is too low and may not be changed from here
 */
export async function allowWatching(): Promise<void> {
  if (Number(await readFile(INSTANCES, 'utf8')) >= ENOUGH_INSTANCES) return
  await writeFile(INSTANCES, String(ENOUGH_INSTANCES)).catch((error: Error) => {
    const setting = `fs.inotify.max_user_instances=${ENOUGH_INSTANCES}`
    throw new Error(`test nodes need more file watches: run \`sysctl -w ${setting}\` (${error.message})`)
  })
}

/** For what only some tests need. @throws Error that names the package to install */
export async function needProgram(name: string, packageName: string): Promise<void> {
  if ((await findProgram(name)) !== undefined) return
  throw new Error(`this test needs ${name}: apt-get install --no-install-recommends ${packageName}`)
}

/** Looks where root's programs are, also when the caller's PATH leaves the sbin folders out. */
async function findProgram(name: string): Promise<string | undefined> {
  const folders = [
    ...(process.env.PATH ?? '').split(':'),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
    '/bin',
  ]
  for (const folder of folders.filter((each) => each !== '')) {
    const file = path.join(folder, name)
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return file
  }
  return undefined
}

/** Whether this process may raise resource limits and lower oom scores: CAP_SYS_RESOURCE, bit 24 of capabilities(7). */
export async function mayRaiseLimits(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return (BigInt(`0x${mask}`) & (1n << 24n)) !== 0n
}
