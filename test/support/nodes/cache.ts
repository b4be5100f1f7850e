import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { waitForLock } from '../waiting-lock.ts'
import type { NodeImage } from './types.ts'

/** The folder of everything that the nodes keep between runs, and of the running ones. */
export function nodesFolder(): string {
  const cache = process.env.EDGELIFT_TEST_CACHE ?? path.join(homedir(), '.cache', 'edgelift-test')
  return path.join(cache, 'nodes')
}

const SUITES: Readonly<Record<NodeImage, string>> = { 'debian-12': 'bookworm', 'debian-13': 'trixie' }

/** A Debian server as it is installed, plus what Kubernetes expects of a node, and curl to try the air gap with. */
const PACKAGES = [
  ...[
    'systemd',
    'systemd-sysv',
    'dbus',
    'udev',
    'kmod',
    'procps',
    'sudo',
    'ca-certificates',
    'openssl',
    'xz-utils',
  ],
  ...[
    'iproute2',
    'iptables',
    'nftables',
    'iputils-ping',
    'conntrack',
    'ethtool',
    'socat',
    'curl',
    'libseccomp2',
  ],
]

/** Run by mmdebstrap in the new root: what makes two nodes equal, and what nobody reads there. */
const TRIM = [
  'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/*',
  ': > "$1"/etc/machine-id; rm -f "$1"/var/lib/dbus/machine-id "$1"/etc/hostname; : > "$1"/etc/fstab',
]

/**
 * The unpacked root file system of an image; made from Debian packages the first time (about a minute), and kept as
 * one tar file and one folder by the list of its packages. Nobody may write into it.
 */
export async function rootOf(image: NodeImage): Promise<string> {
  const key = digest(RECIPE).slice(0, 12)
  const folder = path.join(nodesFolder(), 'images', `${image}-${key}`)
  await once(folder, async (temporary) => {
    const tar = `${folder}.tar`
    await once(tar, (file) => bootstrap(image, file))
    await mkdir(temporary)
    await mustExec(exec, 'tar', ['-x', '--numeric-owner', '--xattrs', '-f', tar, '-C', temporary])
    await rm(path.join(temporary, 'dev'), { recursive: true, force: true })
    await mkdir(path.join(temporary, 'dev'))
  })
  return folder
}

/** What a root file system is made of, for the names of what is made from it. */
export const RECIPE: string = JSON.stringify([PACKAGES, TRIM])

/** Writes the root file system of an image, with `more` packages, as a tar file. */
export async function bootstrap(image: NodeImage, file: string, more: readonly string[] = []): Promise<void> {
  const hooks = TRIM.map((line) => `--customize-hook=${line}`)
  const include = `--include=${[...PACKAGES, ...more].join(',')}`
  const args = ['--variant=minbase', '--format=tar', include, ...hooks, SUITES[image], file]
  const mirror = process.env.EDGELIFT_DEBIAN_MIRROR
  await mustExec(exec, 'mmdebstrap', mirror === undefined ? args : [...args, mirror])
}

/** The compiled seccomp-supervisor (see seccomp-supervisor/supervisor.c), by the digest of its sources. */
export async function supervisorProgram(): Promise<string> {
  const sources = path.join(import.meta.dirname, 'seccomp-supervisor')
  const isSource = (name: string) => /\.[ch]$/.test(name)
  return compiled(
    { name: `seccomp-supervisor-${process.arch}`, sources, isSource },
    async (names, output) => {
      const units = names.filter((name) => name.endsWith('.c')).map((name) => path.join(sources, name))
      await mustExec(exec, 'gcc', ['-O2', '-Wall', '-Werror', '-o', output, ...units])
    },
  )
}

export interface Compiled {
  readonly name: string
  /** The folder of its sources. */
  readonly sources: string
  readonly isSource: (name: string) => boolean
}

/** A program of the tests' own, compiled when its sources have changed. */
export async function compiled(
  { name, sources, isSource }: Compiled,
  compile: (names: readonly string[], output: string) => Promise<void>,
): Promise<string> {
  const names = (await readdir(sources)).filter(isSource).sort()
  const texts = await Promise.all(names.map((one) => readFile(path.join(sources, one), 'utf8')))
  const program = path.join(nodesFolder(), `${name}-${digest(texts.join('\0')).slice(0, 12)}`)
  await once(program, (temporary) => compile(names, temporary))
  return program
}

/** Makes `target` under a temporary name and renames it, unless it is there; of several processes, one works. */
export async function once(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  if (await exists(target)) return
  await mkdir(path.dirname(target), { recursive: true })
  await using _lock = await waitForLock(`${target}.lock`)
  if (await exists(target)) return
  const temporary = `${target}.part`
  await rm(temporary, { recursive: true, force: true })
  await make(temporary)
  await rename(temporary, target)
}

export async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
