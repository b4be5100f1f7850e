import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Exec, ExecOptions } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../testing/test-settings.ts'
import { dockerCredentials } from './docker-config.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-docker-'))
})
afterAll(() => rm(folder, { recursive: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const basic = (username: string, password: string) => ({ kind: 'basic', username, password })

async function withConfig(config: unknown, exec?: Exec) {
  const home = await mkdtemp(path.join(folder, 'home-'))
  const file = path.join(home, 'config.json')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  const credentials = dockerCredentials({
    env: { DOCKER_CONFIG: home },
    ...(exec === undefined ? {} : { exec }),
  })
  return { credentials, file }
}

describe('auths', () => {
  it.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
    ['docker.io', 'registry-1.docker.io'],
    ['quay.io', 'quay.io'],
    ['quay.io', 'https://quay.io'],
    ['quay.io', 'https://quay.io/v2/'],
    ['quay.io', 'QUAY.io'],
    ['h:5000', 'http://h:5000/v1'],
  ])('serves %s from the key %s', async (registry, key) => {
    const { credentials } = await withConfig({ auths: { [key]: { auth: base64('me:pa:ss\0') } } })
    expect(await credentials(registry)).toEqual(basic('me', 'pa:ss'))
  })

  it.each([
    ['quay.io', 'my-quay.io'],
    ['quay.io', 'quay.io.evil.example'],
    ['quay.io', 'quay.io:443'],
    ['quay.io', 'quay.io/team'],
    ['h:5000', 'h'],
    ['evil.example', 'https://evil.example@quay.io'],
    ['index.docker.io.evil', 'https://index.docker.io/v1/'],
  ])('does not serve %s from the key %s', async (registry, key) => {
    const { credentials } = await withConfig({ auths: { [key]: { auth: base64('me:pass') } } })
    expect(await credentials(registry)).toBeUndefined()
  })

  it('are read as Docker reads them: null is left out, and auth counts before the fields beside it', async () => {
    const { credentials } = await withConfig({
      auths: {
        gone: null,
        empty: { auth: null, username: null, identitytoken: null },
        both: { auth: base64('me:new'), username: 'me', password: 'old', registrytoken: null },
      },
      credHelpers: { gone: null },
    })
    expect(await credentials('gone')).toBeUndefined()
    expect(await credentials('empty')).toBeUndefined()
    expect(await credentials('both')).toEqual(basic('me', 'new'))
  })

  it('knows every form of credentials', async () => {
    const { credentials } = await withConfig({
      auths: {
        a: { username: 'u', password: 'p' },
        b: { auth: base64('ignored:x'), identitytoken: 'refresh' },
        c: { registrytoken: 'bearer' },
        d: {},
      },
      unknown: 'is fine',
    })
    expect(await credentials('a')).toEqual(basic('u', 'p'))
    expect(await credentials('b')).toEqual({ kind: 'identity', token: 'refresh' })
    expect(await credentials('c')).toEqual({ kind: 'bearer', token: 'bearer' })
    expect(await credentials('d')).toBeUndefined()
  })

  it('is anonymous without a file, or without a home', async () => {
    expect(await dockerCredentials({ env: { HOME: path.join(folder, 'nobody') } })('a')).toBeUndefined()
    expect(await dockerCredentials({ env: {} })('a')).toBeUndefined()
  })

  it('looks into the home folder', async () => {
    await mkdir(path.join(folder, '.docker'))
    await writeFile(
      path.join(folder, '.docker', 'config.json'),
      JSON.stringify({ auths: { a: { auth: base64('u:p') } } }),
    )
    expect(await dockerCredentials({ env: { HOME: folder } })('a')).toEqual(basic('u', 'p'))
  })

  it.each([
    ['{ "auths": s3cret', 'it is not JSON'],
    [{ auths: { 'a.io': { auth: 7 } } }, 'auths.a.io.auth'],
    [{ credsStore: ['x'] }, 'credsStore'],
    [{ auths: { a: { auth: base64('s3cret') } } }, 'auth is not base64 of user:password'],
  ])('refuses a damaged file, naming it and the field, not its secrets', async (config, words) => {
    const { credentials, file } = await withConfig(config)
    const error = await failureOf(credentials('a'))
    expect(error.code).toBe('CREDENTIALS_INVALID')
    expect(error.what.en).toContain(file)
    expect(error.because?.en).toContain(words)
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })
})

describe('credential helpers', () => {
  type Call = { command: string; args: readonly string[]; input: ExecOptions['input'] }
  const answering = (stdout: string, code = 0): { exec: Exec; calls: Call[] } => {
    const calls: Call[] = []
    return {
      calls,
      exec: async (command, args, options) => {
        calls.push({ command, args, input: options?.input })
        return { code, stdout, stderr: '' }
      },
    }
  }

  it('get the server on standard input; a helper of the registry goes before the common one', async () => {
    const { exec, calls } = answering('{"ServerURL":"x","Username":"u","Secret":"s"}')
    const { credentials } = await withConfig({ credsStore: 'all', credHelpers: { 'gcr.io': 'gcr' } }, exec)
    expect(await credentials('gcr.io')).toEqual(basic('u', 's'))
    await Promise.all([credentials('docker.io'), credentials('docker.io')])
    expect(calls).toEqual([
      { command: 'docker-credential-gcr', args: ['get'], input: 'gcr.io' },
      { command: 'docker-credential-all', args: ['get'], input: 'https://index.docker.io/v1/' },
    ])
  })

  it('may answer with a refresh token', async () => {
    const { exec } = answering('{"Username":"<token>","Secret":"s"}')
    const { credentials } = await withConfig({ credsStore: 'x' }, exec)
    expect(await credentials('a')).toEqual({ kind: 'identity', token: 's' })
  })

  it('that have nothing leave it to auths', async () => {
    const { exec } = answering('credentials not found in native keychain\n', 1)
    const { credentials } = await withConfig({ credsStore: 'x', auths: { a: { auth: base64('u:p') } } }, exec)
    expect(await credentials('a')).toEqual(basic('u', 'p'))
    expect(await credentials('b')).toBeUndefined()
  })

  it.each([
    ['is empty for a registry, whatever the common one is', { credsStore: 'all', credHelpers: { a: '' } }],
    ['is empty for all', { credsStore: '' }],
    ['is null', { credsStore: null, credHelpers: null }],
  ])('are not asked where the name of theirs %s', async (_what, config) => {
    const { exec, calls } = answering('{"Username":"of the helper","Secret":"s"}')
    const { credentials } = await withConfig({ ...config, auths: { a: { auth: base64('u:p') } } }, exec)
    expect(await credentials('a')).toEqual(basic('u', 'p'))
    expect(calls).toEqual([])
  })

  it.each([
    ['{"ServerURL":"x","Username":"","Secret":""}', 0],
    ['no credentials server URL', 1],
    ['Error: Credentials not found', 2],
  ])('that say %j have nothing', async (stdout, code) => {
    const { exec } = answering(stdout, code)
    const { credentials } = await withConfig({ credsStore: 'x' }, exec)
    expect(await credentials('a')).toBeUndefined()
  })

  it.each([
    ['x', '{"Username":"u","Secret":"s3cret"', 0],
    ['x', '{"Username":"u","Sekret":"s3cret"}', 0],
    ['x', 'the key chain is locked', 1],
    ['../x', '', 0],
  ])('that fail are named (%s: %s)', async (helper, stdout, code) => {
    const { exec } = answering(stdout, code)
    const { credentials } = await withConfig({ credsStore: helper }, exec)
    const error = await failureOf(credentials('a'))
    expect(error.code).toBe('CREDENTIALS_INVALID')
    expect(error.what.en).toContain(`docker-credential-${helper}`)
    expect(JSON.stringify([error, error.because])).not.toContain('s3cret')
  })

  it('are run as programs', async () => {
    const program = path.join(folder, 'docker-credential-real')
    await writeFile(
      program,
      '#!/bin/sh\nread server\nprintf \'{"Username":"u","Secret":"for %s"}\' "$server"\n',
    )
    await chmod(program, 0o755)
    const { file } = await withConfig({ credsStore: 'real' })
    const env = { DOCKER_CONFIG: path.dirname(file), PATH: `${folder}:/usr/bin:/bin` }
    expect(await dockerCredentials({ env })('quay.io')).toEqual(basic('u', 'for quay.io'))
    const missing = await withConfig({ credsStore: 'not-there' })
    const error = await failureOf(missing.credentials('a'))
    expect(error.what.en).toContain('docker-credential-not-there')
  })
})
