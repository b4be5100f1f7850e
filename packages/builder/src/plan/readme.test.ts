import { displayWidth } from '@edgelift/core/cli'
import { expect, it } from 'vitest'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { planArchives } from './plan-archives.ts'
import { readmeFile } from './readme.ts'

const plans = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['cloud', 'edge'], platforms: ['linux/amd64'] },
)

it.each(plans.map((plan) => [plan.role, plan] as const))('README.txt of a %s archive', (_role, plan) => {
  const text = readmeFile(plan)
  expect(text.split('\n')[1]).toContain('EDGELIFT_LANG=zh')
  for (const line of text.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(80)
  expect(text).toMatch(/install\.yaml is allowed: sha256sum then reports FAILED/)
  expect(text).toContain('docs/zh-CN/operator.md')
  expect(text.match(/minisign -V .*\n +sha256sum -c SHA256SUMS\n/g)).toHaveLength(2)
})
