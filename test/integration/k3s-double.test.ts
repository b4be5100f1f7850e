import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../support/kubernetes/k3s', import.meta.url))

it('the K3s double passes its own tests, written in Go', async () => {
  const vetted = await exec('go', ['vet', '.'], { cwd: folder })
  expect(vetted.stderr).toBe('')
  const tested = await exec('go', ['test', '.'], { cwd: folder })
  expect(tested.code, `${path.basename(folder)}: ${tested.stdout}${tested.stderr}`).toBe(0)
})
