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
