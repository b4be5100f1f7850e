import { spawn } from 'node:child_process'
import { once } from 'node:events'
import files, { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { expect, it, vi } from 'vitest'
import { trial } from '../testing/trial.ts'
import { ask, existsOnHost, type Host, isOnHost, mustAsk, readHostFile } from './host.ts'

const here: Host = {
  root: '/',
  env: {},
  now: Date.now,
  exec: () => Promise.reject(new Error('nothing is run here')),
}

it('has nothing to tell of a process that ends between the open and the read', async () => {
  const sleeper = spawn('sleep', ['60'])
  const stat = await open(`/proc/${sleeper.pid}/stat`)
  try {
    sleeper.kill()
    await once(sleeper, 'exit')
    // Opened once more by its descriptor: by its name it is gone already.
    expect(await readHostFile(here, `/proc/self/fd/${stat.fd}`)).toBeUndefined()
  } finally {
    await stat.close()
  }
})

it('leaves a fact unknown where a program cannot be started, and takes that for no answer where it decides', async () => {
  await using on = await trial()
  on.script('nft', 'unusable')
  expect(await ask(on.host, 'nft', 'list', 'ruleset')).toBeUndefined()
  await expect(mustAsk(on.host, 'nft', 'list', 'ruleset')).rejects.toMatchObject({ code: 'COMMAND_UNUSABLE' })
  on.script('nft', 'missing')
  expect(await mustAsk(on.host, 'nft', 'list', 'ruleset')).toBeUndefined()
})

it.each([
  ['EACCES', false],
  ['EIO', undefined],
])('does not take what may not be looked at for absent where that decides: %s', async (code, lenient) => {
  vi.spyOn(files, 'stat').mockRejectedValue(Object.assign(new Error(code), { code }))
  syncBuiltinESMExports()
  try {
    await expect(isOnHost(here, '/home/ops/kubeconfig')).rejects.toMatchObject({ code })
    expect(await existsOnHost(here, '/home/ops/kubeconfig').catch(() => undefined)).toBe(lenient)
  } finally {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  }
  expect(await isOnHost(here, '/no/such/kubeconfig')).toBe(false)
})

it.each([
  ['NUL, as TOML and YAML can write it', '/etc/containerd/a\0b.toml'],
  ['a name that no file system holds', `/lib/modules/${'x'.repeat(300)}/modules.builtin`],
])('knows no file whose name has %s', async (_what, file) => {
  await using on = await trial()
  expect(
    await readHostFile(on.host, file).catch((error: NodeJS.ErrnoException) => error.code),
  ).toBeUndefined()
  expect(await isOnHost(on.host, file)).toBe(false)
})
