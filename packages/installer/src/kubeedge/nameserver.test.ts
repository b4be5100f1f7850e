import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseNameservers } from '../inspect/network.ts'
import { resolverFact } from '../node/resolver.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { lacksNameserver, resolverFix } from './nameserver.ts'

let on: Trial
let file: string
beforeEach(async () => {
  on = await trial()
  file = path.join(on.root, 'etc/resolv.conf')
  await mkdir(path.dirname(file), { recursive: true })
})
afterEach(() => on[Symbol.asyncDispose]())

/** What is printed, without the words around it, with the paths of the temporary root. */
async function command(nameservers: readonly string[] = []): Promise<string> {
  const { en } = resolverFix(nameservers, await resolverFact(on.host))
  return en.replace(' (it need not respond)', '').replaceAll('/etc/', `${on.root}/etc/`)
}

/** Runs it with programs that only tell how they were called. */
async function type(line: string): Promise<string[]> {
  const bin = path.join(on.root, 'bin')
  await mkdir(bin)
  for (const name of ['chattr', 'systemctl']) {
    await writeFile(path.join(bin, name), `#!/bin/sh\necho ${name} "$@" >> ${on.root}/called\n`)
    await chmod(path.join(bin, name), 0o755)
  }
  execFileSync('sh', ['-c', line], { env: { PATH: `${bin}:${process.env.PATH}` } })
  return (await on.text('/called'))?.trim().split('\n') ?? []
}

it.each<[name: string, lay: () => Promise<unknown>]>([
  ['is missing', async () => undefined],
  ['is empty', () => writeFile(file, '')],
  ['does not end in a line feed', () => writeFile(file, 'search lan')],
  ['is a link into nowhere', () => symlink('../run/systemd/resolve/stub-resolv.conf', file)],
  [
    'is a link to a file without nameservers',
    async () => {
      await on.put('/run/resolv.conf', '# No DNS servers known.\n')
      await symlink('../run/resolv.conf', file)
    },
  ],
])('a resolv.conf that %s gets a nameserver that a reboot does not take away', async (_, lay) => {
  await lay()
  await type(await command())
  const text = await readFile(file, 'utf8')
  expect(parseNameservers(text)).toEqual(['127.0.0.1'])
  expect((await lstat(file)).isFile()).toBe(true)
})

it('keeps what else the file says', async () => {
  await writeFile(file, 'search lan')
  await type(await command())
  expect(await readFile(file, 'utf8')).toMatch(/^search lan\n/)
})

it.each(['file', 'link'])("replaces EdgeMesh's own address alone, in a %s", async (kind) => {
  const text = 'nameserver 169.254.96.16\nnameserver 10.0.0.53\n'
  if (kind === 'file') await writeFile(file, text)
  else {
    await on.put('/run/resolv.conf', text)
    await symlink('../run/resolv.conf', file)
  }
  await type(await command(['169.254.96.16', '10.0.0.53']))
  expect(await readFile(file, 'utf8')).toBe('nameserver 127.0.0.1\nnameserver 10.0.0.53\n')
  expect((await lstat(file)).isFile()).toBe(true)
})

it('an immutable file is made writable first', async () => {
  await writeFile(file, '')
  on.script('lsattr -d /etc/resolv.conf', '----i---------e------- /etc/resolv.conf')
  expect(await type(await command())).toEqual([`chattr -i ${file}`])
})

it('NetworkManager, which would write it again, is told to leave it alone', async () => {
  await mkdir(path.join(on.root, 'etc/NetworkManager/conf.d'), { recursive: true })
  on.script('systemctl show -p ActiveState NetworkManager.service', 'ActiveState=active')
  expect(await type(await command())).toEqual(['systemctl reload NetworkManager'])
  expect(await on.text('/etc/NetworkManager/conf.d/90-dns-none.conf')).toBe('[main]\ndns=none\n')
})

it.each([
  [[], true],
  [['169.254.96.16', '10.0.0.53'], true],
  [['127.0.0.53'], false],
])('nameservers %j are none that will do: %s', (nameservers, lacks) => {
  expect(lacksNameserver(nameservers)).toBe(lacks)
})
