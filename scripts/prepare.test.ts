import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterEach, describe, expect, it } from 'vitest'

const script = path.join(import.meta.dirname, 'prepare')
const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function prepareWith(node: string | undefined) {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-prepare-'))
  folders.push(folder)
  await writeFile(path.join(folder, 'dirname'), '#!/bin/sh\nexec /usr/bin/dirname "$@"\n', { mode: 0o755 })
  if (node !== undefined) {
    await writeFile(path.join(folder, 'node'), node)
    await chmod(path.join(folder, 'node'), 0o755)
  }
  return exec('/bin/sh', [script], { env: { PATH: folder } })
}

describe('scripts/prepare', () => {
  it('says what is needed where there is no Node', async () => {
    const { code, stderr } = await prepareWith(undefined)
    expect([code, stderr]).toEqual([1, expect.stringContaining('needs Node.js 20.20 or newer')])
  })

  it('says which Node there is when it is too old', async () => {
    const old = '#!/bin/sh\nif [ "$1" = --version ]; then echo v18.20.8; else exit 1; fi\n'
    const { code, stderr } = await prepareWith(old)
    expect([code, stderr]).toEqual([1, expect.stringContaining("'node' here is v18.20.8")])
  })

  it('does nothing where everything is installed', async () => {
    const { code, stdout } = await exec('/bin/sh', [script])
    expect([code, stdout]).toEqual([0, ''])
  })
})
