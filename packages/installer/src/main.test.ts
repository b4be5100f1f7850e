import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'
import { nodeProgram } from '../../../test/support/screen.ts'

it.each(['000', '002', '077'])(
  'makes folders that root alone can change, whatever umask it is called with: %s',
  async (umask) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-main-'))
    const [command = '', ...words] = nodeProgram(path.join(import.meta.dirname, 'main.child.ts'))
    const made = path.join(folder, 'a', 'b')
    expect(await exec(command, [...words, umask, made, '--version'])).toMatchObject({ code: 0 })
    for (const place of [made, path.dirname(made)]) expect((await stat(place)).mode & 0o777).toBe(0o755)
    await rm(folder, { recursive: true })
  },
)
