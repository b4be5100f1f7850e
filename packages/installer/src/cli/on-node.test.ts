import { runProgram } from '@edgelift/core/cli'
import { expect, it, vi } from 'vitest'
import { layArchive } from '../testing/archive.ts'
import { trial } from '../testing/trial.ts'
import { installerProgram } from './program.ts'

it.each([
  [undefined, 'cleanup', './edgelift cleanup'],
  ['./cleanup.sh', 'cleanup', './cleanup.sh'],
  ['./install.sh', 'status', './edgelift status'],
])('who is not root is told so of what was typed (%s, %s)', async (launcher, command, typed) => {
  await using on = await trial()
  const { directory } = await layArchive(on, 'cloud')
  const user = [vi.spyOn(process, 'getuid'), vi.spyOn(process as Required<typeof process>, 'geteuid')]
  for (const id of user) id.mockReturnValue(1000)
  try {
    let said = ''
    const output = { write: (text: string) => (said += text) }
    const streams = { stdout: output, stderr: output }
    const input = { argv: [command], env: { EDGELIFT_DIRECTORY: directory, EDGELIFT_LANG: 'en' }, streams }
    expect(await runProgram(installerProgram('cloud', { launcher }), input)).toBe(3)
    expect(said).toContain(`error[NOT_ROOT]: ${typed} needs root\n`)
  } finally {
    for (const id of user) id.mockRestore()
  }
})
