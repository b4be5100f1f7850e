import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec, mustExec } from '@edgelift/core'
import { z } from 'zod'
import { connectAgents } from './agent.ts'
import { bootstrap, digest, nodesFolder, once, RECIPE } from './cache.ts'
import { makeCgroups } from './cgroups.ts'
import { emulatorArguments, PORTS, startEmulator } from './emulator.ts'
import { openLab } from './lab.ts'
import { makeWire, plugInCards } from './network.ts'
import type { NodeImage } from './types.ts'

/** Sparse; as large as a small edge device's disk. */
const DISK = 32 * 1024 ** 3
const BOOT_DEADLINE = 600_000
const GUEST = path.join(import.meta.dirname, 'guest')

/**
 * The folder with a virtual machine's `kernel`, `initrd`, `disk` (raw) and `state`: the memory of that machine when
 * it had booted from that disk and answered. Made the first time: two to four minutes, most of it the first boot.
 */
export async function guestImage(image: NodeImage): Promise<string> {
  const own = await Promise.all(
    (await readdir(GUEST)).sort().map((name) => readFile(path.join(GUEST, name), 'utf8')),
  )
  const shape = emulatorArguments({ name: '', image: '', disk: { file: '', format: 'raw' }, resume: false })
  const version = await mustExec(exec, 'qemu-system-x86_64', ['--version'])
  const key = digest([RECIPE, version, ...shape, ...own].join('\0')).slice(0, 12)
  const folder = path.join(nodesFolder(), 'images', `qemu-${image}-${key}`)
  await once(folder, async (temporary) => {
    await mkdir(temporary)
    await makeDisk(image, temporary)
    await saveState(temporary)
  })
  return folder
}

async function makeDisk(image: NodeImage, folder: string): Promise<void> {
  const tar = path.join(folder, 'root.tar')
  const root = path.join(folder, 'root')
  await bootstrap(image, tar, ['linux-image-cloud-amd64', 'initramfs-tools', 'zstd'])
  await mkdir(root)
  await mustExec(exec, 'tar', ['-x', '--numeric-owner', '--xattrs', '-f', tar, '-C', root])
  await rm(tar)
  const library = path.join(root, 'usr/local/lib/node')
  await mkdir(library)
  for (const name of ['agent.pl', 'network.sh'])
    await mustExec(exec, 'install', ['-m', '755', path.join(GUEST, name), library])
  for (const name of ['node-agent@.service', 'node-network.service']) {
    await cp(path.join(GUEST, name), path.join(root, 'etc/systemd/system', name))
  }
  const units = ['node-network.service', ...PORTS.map((port) => `node-agent@${port}.service`)]
  await mustExec(exec, 'systemctl', ['--root', root, 'enable', ...units])
  const boot = path.join(root, 'boot')
  for (const name of await readdir(boot)) {
    if (name.startsWith('vmlinuz-')) await rename(path.join(boot, name), path.join(folder, 'kernel'))
    if (name.startsWith('initrd.img-')) await rename(path.join(boot, name), path.join(folder, 'initrd'))
  }
  const disk = path.join(folder, 'disk')
  await mustExec(exec, 'truncate', ['-s', String(DISK), disk])
  await mustExec(exec, 'mkfs.ext4', ['-q', '-d', root, disk])
  await rm(root, { recursive: true })
}

/** Boots the disk once and writes the machine's memory down while it stands still. */
async function saveState(folder: string): Promise<void> {
  await using lab = await openLab()
  await makeCgroups(lab.cgroups)
  const wire = await makeWire(lab.id)
  await plugInCards(wire, { name: 'cloud', address: '10.77.0.1', defaultRoute: false })
  const emulator = await startEmulator({
    name: 'cloud',
    folder: lab.folder,
    image: folder,
    disk: { file: path.join(folder, 'disk'), format: 'raw' },
    namespace: wire.outside,
    cgroups: lab.cgroups,
    resume: false,
  })
  const agents = await connectAgents(PORTS.map((port) => path.join(lab.folder, port)))
  await agents.ready(Date.now() + BOOT_DEADLINE)
  const settle = 'systemctl is-system-running --wait; sync; fstrim / || true'
  await agents.run(['sh', '-c', settle], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }).done
  agents.close()
  await sleep(1000) // the guest notices that nobody is there any more
  await emulator.ask('stop')
  await emulator.ask('migrate-set-parameters', { 'max-bandwidth': 10 * 1024 ** 3 })
  await emulator.ask('migrate', { uri: `exec:cat > ${path.join(folder, 'state')}` })
  for (;;) {
    const { status } = z.object({ status: z.string().optional() }).parse(await emulator.ask('query-migrate'))
    if (status === 'completed') break
    if (status === 'failed') throw new Error('the state of the virtual machine cannot be saved')
    await sleep(200)
  }
  await emulator.ask('quit')
  await emulator.ended
  await stat(path.join(folder, 'state'))
}
