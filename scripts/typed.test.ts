import path from 'node:path'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'

it.each([
  ['quickstart.ts', ['--upstrem', 'internet'], "Unknown option '--upstrem'"],
  ['quickstart.ts', ['--upstream', 'nowhere'], '--upstream'],
  ['release.ts', ['--dryrun'], "Unknown option '--dryrun'"],
  ['release.ts', ['--dry-run', '--sign', '/nowhere/release.key'], '/nowhere/release.key'],
])('%s %j is told with what is right, and is no stack trace', async (script, args, words) => {
  const { code, stderr } = await exec(process.execPath, ['scripts/run.mjs', `scripts/${script}`, ...args], {
    cwd: path.dirname(import.meta.dirname),
    env: { ...process.env, EDGELIFT_LANG: 'en' },
  })
  expect(stderr).toContain(words)
  expect(stderr).toMatch(/^(usage: |fix: )/m)
  expect(stderr).not.toContain('    at ')
  expect(code).toBeGreaterThan(0)
})
