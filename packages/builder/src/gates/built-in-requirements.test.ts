import { requirerText } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { expandFor } from '../release/expand.ts'
import { sampleRelease } from '../testing/sample.ts'
import { builtInImageRequirements, fileRequirements } from './built-in-requirements.ts'

it('has no requirer whose Chinese text holds an English phrase', () => {
  const files = { containerd: { ...sampleRelease.files.tools, members: { c: 'bin/containerd' } } }
  const release = expandFor(
    { ...sampleRelease, files: { ...sampleRelease.files, ...files } } as never,
    'linux/amd64',
  )
  const all = [...fileRequirements(release), ...builtInImageRequirements(release, new Map())]
  const texts = all.map(({ requirer }) => requirerText(requirer, 'zh'))
  expect(texts.length).toBeGreaterThan(10)
  expect(texts.filter((text) => /[a-z’]+ [a-z]+ [a-z]+/.test(text))).toEqual([])
})
