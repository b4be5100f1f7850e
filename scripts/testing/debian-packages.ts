import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'

/**
 * Installs what the `packages.txt` files under `folder` name and this machine does not have: as root, or with sudo.
 * @returns what went wrong, for people; undefined when everything is there
 */
export async function installPackages(folder: string): Promise<string | undefined> {
  return installDebianPackages(await namedPackages(folder))
}

/** The same for packages that are named here: `golang-go`. */
export async function installDebianPackages(names: readonly string[]): Promise<string | undefined> {
  const missing = await missingPackages(names)
  if (missing.length === 0) return undefined
  const list = missing.join(' ')
  if ((await exec('apt-get', ['--version']).catch(() => undefined)) === undefined)
    return `these Debian packages are needed, and there is no apt-get here: ${list}`
  process.stdout.write(`installing ${list}\n`)
  const update = await asRoot(['apt-get', 'update', '-q'])
  const code =
    update === 0
      ? await asRoot([
          ...['apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600'],
          ...missing,
        ])
      : update
  return code === 0 ? undefined : `these Debian packages are needed and could not be installed: ${list}`
}

/** One name a line; `#` begins a comment. */
async function namedPackages(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true })
  const lists = files.filter(
    (file) => path.basename(file) === 'packages.txt' && !file.includes('node_modules'),
  )
  const texts = await Promise.all(lists.map((file) => readFile(path.join(folder, file), 'utf8')))
  const names = texts.flatMap((text) => text.split('\n')).map((line) => line.replace(/#.*/, '').trim())
  return [...new Set(names.filter((name) => name !== ''))].sort()
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names]
  const answer = await exec('dpkg-query', query).catch(() => undefined)
  const installed = new Set((answer?.stdout ?? '').split('\n'))
  return names.filter((name) => !installed.has(`${name} installed`))
}

async function asRoot(command: readonly string[]): Promise<number> {
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive']
  const whole =
    process.getuid?.() === 0 ? [...environment, ...command] : ['sudo', '-n', ...environment, ...command]
  return new Promise((resolve) => {
    const [program = '', ...args] = whole
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })
}
