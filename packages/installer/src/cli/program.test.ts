import { flagOf, SETTINGS } from '@edgelift/bundle'
import { runProgram } from '@edgelift/core/cli'
import { expect, it } from 'vitest'
import { installerProgram } from './program.ts'

async function help(role: 'cloud' | 'edge', lang: 'en' | 'zh', columns: number): Promise<string> {
  let text = ''
  const stdout = { write: (piece: string) => (text += piece), columns }
  await runProgram(installerProgram(role), {
    argv: ['install', '--help', '--lang', lang],
    env: {},
    streams: { stdout, stderr: stdout },
  })
  return text
}

it.each(['cloud', 'edge'] as const)('the help of a %s archive has its own flags only', async (role) => {
  for (const lang of ['en', 'zh'] as const) {
    const text = await help(role, lang, 80)
    for (const { name, roles } of SETTINGS)
      expect(new RegExp(`--${flagOf(name)}\\b`).test(text.replaceAll(/^ {2}\.\/.*$/gm, '')), name).toBe(
        roles.includes(role),
      )
    expect(text.includes('--kubeconfig')).toBe(role === 'cloud')
    expect(text.includes('edge-join.yaml')).toBe(role === 'edge')
  }
})

it('a flag of the other role still reaches the settings, which name the role', async () => {
  let seen: unknown
  const program = installerProgram('edge')
  const commands = program.commands.map((command) => ({
    ...command,
    load: () =>
      Promise.resolve((args: Readonly<Record<string, unknown>>) => {
        seen = args['advertise-addresses']
        return Promise.resolve({ document: {}, text: () => '' })
      }),
  }))
  const output = { write: () => {} }
  const argv = ['install', '--advertise-addresses', '10.0.0.1']
  await runProgram({ ...program, commands }, { argv, env: {}, streams: { stdout: output, stderr: output } })
  expect(seen).toBe('10.0.0.1')
})

async function typed(launcher: string, command: string, words: readonly string[], lang = 'en') {
  let text = ''
  const output = { write: (piece: string) => (text += piece), columns: 110 }
  const argv = [command, ...words, '--lang', lang]
  await runProgram(installerProgram('cloud', { launcher }), {
    ...{ argv, env: {}, streams: { stdout: output, stderr: output } },
  })
  return text
}

it.each([
  ['./install.sh', 'install'],
  ['./cleanup.sh', 'cleanup'],
  ['./install-kubeedge-only.sh', 'install'],
])('help and usage errors name %s, as it was typed', async (launcher, command) => {
  for (const [lang, usage, see] of [
    ['en', 'cause: usage: ', 'See '],
    ['zh', '原因：用法：', '参见 '],
  ] as const) {
    const wrong = await typed(launcher, command, ['--dry-rum'], lang)
    expect(wrong).toContain(`${usage}${launcher}\n`)
    expect(wrong).toContain(`${see}${launcher} --help\n`)
    const shown = await typed(launcher, command, ['--help'], lang)
    expect(shown).toMatch(new RegExp(`^${launcher} \\[`))
    for (const text of [wrong, shown]) expect(text).not.toContain(`./edgelift ${command}`)
    const examples = [...shown.matchAll(/^ {2}(\.\/\S+)/gm)].map(([, program]) => program)
    expect(new Set(examples)).toEqual(new Set(command === 'install' ? [launcher] : []))
  }
})

it('the help of install-kubeedge-only.sh leaves out the option that it gives by itself', async () => {
  const shown = await typed('./install-kubeedge-only.sh', 'install', ['--help'])
  expect(shown).not.toContain('--kubeedge-only')
  expect(await typed('./install.sh', 'install', ['--help'])).toContain('--kubeedge-only')
})

it('another command than that of the launcher is named as the program takes it', async () => {
  expect(await typed('./install.sh', 'status', ['--wrong'])).toContain('usage: ./edgelift status\n')
})

it.each([
  ['cloud', 'restore', './install.sh --restore FILE'],
  ['cloud', 'uninstall', './cleanup.sh'],
  ['edge', 'join', './install.sh --config edge-join.yaml'],
  ['edge', 'logs', 'status'],
] as const)('knows on a %s what others call a command: %s', async (role, word, meant) => {
  let text = ''
  const output = { write: (piece: string) => (text += piece), columns: 110 }
  await runProgram(installerProgram(role), {
    argv: [word],
    env: {},
    streams: { stdout: output, stderr: output },
  })
  expect(text).toContain(`did you mean ${meant}? See ./edgelift --help`)
})
