import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { k3sScripts } from './scripts.ts'

/** Programs that the scripts only read with; every other one is a stranger that notes how it is called. */
const REAL = ['awk', 'cat', 'grep', 'sort', 'tr']
const NOTED = ['ip', 'readlink', 'rm', 'rmdir', 'systemctl', 'umount']
const TABLES = ['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore']
const RULES = '*nat\n-A KUBE-SVC-1 -j X\n-A POSTROUTING -j FLANNEL-POSTRTG\n-A OUTPUT -j mine\nCOMMIT\n'

let root: string
const at = (file: string) => path.join(root, file)
async function program(name: string, lines: string): Promise<void> {
  await writeFile(at(`bin/${name}`), `#!/bin/sh\n${lines}\n`)
  await chmod(at(`bin/${name}`), 0o755)
}
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-scripts-'))
  for (const folder of ['bin', 'usr/local/bin', 'proc/self']) await mkdir(at(folder), { recursive: true })
  for (const name of REAL) await symlink(`/usr/bin/${name}`, at(`bin/${name}`))
  for (const name of NOTED) await program(name, `echo "${name} $*" >>'${at('calls')}'`)
  for (const name of TABLES) await program(name, 'exit 1')
  await program('id', 'echo 0')
  await writeFile(at('calls'), '')
  await writeFile(at('proc/self/mounts'), '')
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Runs a script below the temporary root, with no program but those. */
async function run(name: 'killall' | 'uninstall', directory = at('data')) {
  const script = k3sScripts(directory).find(({ to }) => to.endsWith(`k3s-${name}.sh`))
  const below = script?.content
    .replace(/^cleanup=.*$/m, (line) => line.replaceAll(root, 'ROOT'))
    .replaceAll(/(?<![\w.*\]}])\/(usr\/local|var|etc|run|proc)\//g, `${root}/$1/`)
    .replaceAll('^/(run', `^${root}/(run`)
    .replaceAll('ROOT', root)
  const [stdout, stderr] = await new Promise<[string, string]>((done) =>
    execFile(
      '/bin/sh',
      ['-c', below ?? '', 'script', '--given'],
      { env: { PATH: at('bin') } },
      (_e, out, err) => done([out, err]),
    ),
  )
  const calls = (await readFile(at('calls'), 'utf8')).replaceAll(root, '').split('\n').slice(0, -1)
  return { calls, stdout, stderr }
}

describe('k3s-uninstall.sh', () => {
  it.each(['data', "it's the archive"])(
    'is cleanup.sh of the archive, where it is there (%s)',
    async (name) => {
      await mkdir(at(name))
      await writeFile(at(`${name}/cleanup.sh`), '#!/bin/sh\necho "cleanup $*"\n', { mode: 0o755 })
      expect(await run('uninstall', at(name))).toMatchObject({ stdout: 'cleanup --yes --given\n', calls: [] })
    },
  )

  it('removes K3s alone where the archive is gone, says so, and leaves the volumes of applications', async () => {
    for (const folder of ['agent', 'server', 'storage/pvc-1'])
      await mkdir(at(`var/lib/rancher/k3s/${folder}`), { recursive: true })
    const { calls, stderr } = await run('uninstall')
    expect(stderr).toMatch(/only K3s is removed.*仅移除 K3s/s)
    const removed = calls
      .filter((line) => line.startsWith('rm '))
      .join(' ')
      .split(' ')
    for (const gone of ['/var/lib/rancher/k3s/agent', '/var/lib/rancher/k3s/server', '/etc/rancher/k3s'])
      expect(removed).toContain(gone)
    for (const kept of ['/var/lib/rancher/k3s', '/var/lib/rancher/k3s/storage'])
      expect(removed).not.toContain(kept)
    expect(calls.indexOf('systemctl disable k3s.service')).toBeGreaterThan(-1)
  })
})

describe('k3s-killall.sh', () => {
  it('ends the containers of K3s with all that runs below them, and no others', async () => {
    const [shim, below, other] = [1, 2, 3].map(() => spawn('sleep', ['60'])) as [
      ReturnType<typeof spawn>,
      ReturnType<typeof spawn>,
      ReturnType<typeof spawn>,
    ]
    const tell = async (pid: number | undefined, socket: string, children: string) => {
      await mkdir(at(`proc/${pid}/task/${pid}`), { recursive: true })
      await writeFile(at(`proc/${pid}/cmdline`), `containerd-shim-runc-v2\0-address\0${socket}\0`)
      await writeFile(at(`proc/${pid}/task/${pid}/children`), children)
    }
    await tell(shim.pid, at('run/k3s/containerd/containerd.sock'), `${below.pid} `)
    await tell(other.pid, at('run/containerd/containerd.sock'), '')
    const ended = Promise.all([once(shim, 'exit'), once(below, 'exit')])
    await run('killall')
    expect(await ended).toEqual([
      [null, 'SIGKILL'],
      [null, 'SIGKILL'],
    ])
    await sleep(100)
    expect([other.exitCode, other.signalCode]).toEqual([null, null])
    other.kill()
  })

  it('unmounts what is K3s’ own, the innermost first, and takes its links and rules away', async () => {
    const mounts = ['/run/k3s/a', '/run/k3s/a/b', '/run/netns/cni-1', '/var/lib/kubelet/pods/x', '/srv/data']
    await writeFile(at('proc/self/mounts'), mounts.map((one) => `x ${at(one)} ext4 rw 0 0\n`).join(''))
    await program('iptables-save', `printf '${RULES.replaceAll('\n', '\\n')}'`)
    await program('iptables-restore', `cat >'${at('restored')}'`)
    await program('ip', `echo "ip $*" >>'${at('calls')}'; [ "$2" != link ] || echo '5: veth1@if2: <UP>'`)
    const { calls } = await run('killall')
    expect(calls.filter((line) => /^(umount|rm) /.test(line))).toEqual([
      'umount -l /var/lib/kubelet/pods/x',
      'umount -l /run/netns/cni-1',
      'rm -f /run/netns/cni-1',
      'umount -l /run/k3s/a/b',
      'umount -l /run/k3s/a',
    ])
    const deleted = calls.flatMap((line) => /^ip link delete (.*)$/.exec(line)?.[1] ?? [])
    expect(deleted).toEqual(['veth1', 'cni0', 'flannel.1', 'flannel-v6.1', 'edgemesh0'])
    expect(await readFile(at('restored'), 'utf8')).toBe('*nat\n-A OUTPUT -j mine\nCOMMIT\n')
    expect(calls[0]).toBe('systemctl stop k3s.service')
  })
})
