import { fileURLToPath } from 'node:url'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../support/kubernetes/kubeedge', import.meta.url))

it('the doubles of KubeEdge and EdgeMesh pass their own tests, written in Go', async () => {
  const vetted = await exec('go', ['vet', './...'], { cwd: folder })
  expect(vetted.stderr).toBe('')
  const tested = await exec('go', ['test', './...'], { cwd: folder })
  expect(tested.code, `${tested.stdout}${tested.stderr}`).toBe(0)
})
