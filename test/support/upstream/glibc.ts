import { mkdir, mkdtemp, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { testCache } from '../kubernetes/parts.ts'

/** What Node needs besides itself, by name in the runtime's folder. */
export const GLIBC = {
  'linux/amd64': {
    debian: 'amd64',
    node: 'x64',
    triplet: 'x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
  },
  'linux/arm64': {
    debian: 'arm64',
    node: 'arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
  },
} as const
export type GlibcPlatform = keyof typeof GLIBC

const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6']

/** The names in the folder that {@link glibcFiles} gives. */
export function glibcNames(platform: GlibcPlatform): string[] {
  const { loader } = GLIBC[platform]
  const all = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libstdc++.so.6', 'libgcc_s.so.1']
  return [loader, ...all]
}

/**
 * The C library and its companions for a platform, by name: Debian's packages where there is apt, else this machine's
 * own when it is of that platform and has glibc. What is in neither is left out.
 */
export async function glibcFiles(platform: GlibcPlatform): Promise<ReadonlyMap<string, string>> {
  const folder = path.join(testCache(), 'upstream', 'glibc', GLIBC[platform].debian)
  if ((await readdir(folder).catch(() => [])).length > 0)
    return filesIn([path.join(folder, 'root')], platform)
  await mkdir(path.dirname(folder), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(folder), '.fetching-'))
  try {
    await fetchDebian(work, GLIBC[platform].debian)
    await mkdir(folder, { recursive: true })
    await rename(path.join(work, 'root'), path.join(folder, 'root'))
    return await filesIn([path.join(folder, 'root')], platform)
  } catch {
    return GLIBC[platform].node === process.arch ? await filesIn(['/'], platform) : new Map()
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** With lists of its own, apt serves a foreign platform without the host's being changed, and without root. */
async function fetchDebian(work: string, architecture: string): Promise<void> {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'root'])
    await mkdir(path.join(work, folder), { recursive: true })
  await writeFile(path.join(work, 'status'), '')
  const settings = [
    `Dir::State=${work}`,
    `Dir::State::status=${work}/status`,
    `Dir::Cache=${work}/cache`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=15',
  ].flatMap((setting) => ['-o', setting])
  const options = { cwd: work, timeout: 60_000 }
  await mustExec(exec, 'apt-get', [...settings, 'update', '-q'], options)
  await mustExec(exec, 'apt-get', [...settings, 'download', '-q', ...PACKAGES], options)
  for (const name of await readdir(work)) {
    if (name.endsWith('.deb')) await mustExec(exec, 'dpkg-deb', ['-x', name, 'root'], options)
  }
}

async function filesIn(
  roots: readonly string[],
  platform: GlibcPlatform,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const { triplet } = GLIBC[platform]
  const folders = [`lib/${triplet}`, `usr/lib/${triplet}`, 'lib64', 'usr/lib64', 'lib', 'usr/lib']
  for (const name of glibcNames(platform)) {
    for (const place of roots.flatMap((root) => folders.map((folder) => path.join(root, folder, name)))) {
      const file = await realpath(place).catch(() => undefined)
      if (file === undefined || found.has(name) || !(await stat(file)).isFile()) continue
      found.set(name, file)
    }
  }
  return found
}
