import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeProgram } from '../../../../test/support/screen.ts'

const WORDS = nodeProgram(path.join(import.meta.dirname, 'run-process.child.ts'))

function sh(script: string, env: Record<string, string> = {}): { status: number | null; stderr: string } {
  const options = { encoding: 'utf8', env: { ...process.env, LANG: 'C', ...env }, cwd: tmpdir() } as const
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...WORDS], options)
  return { status, stderr }
}

describe('runProcess', () => {
  it('ends well when the reader of the output has enough', () => {
    expect(sh('"$@" say | head -c 5 >/dev/null; exit $PIPESTATUS')).toEqual({ status: 0, stderr: '' })
  })

  it.each([
    ['say', ''],
    ['say --json', ''],
    ['nothing --json', ''],
  ])('tells output that is lost on a full disk, and fails: %s', (line) => {
    const { status, stderr } = sh(`"$@" ${line} >/dev/full`)
    expect(status).toBeGreaterThan(0)
    expect(stderr).toMatch(/^error\[FILE_UNUSABLE\]: cannot write to standard output\ncause: no space left/)
    expect(stderr).not.toContain('    at ')
  })

  it('keeps its exit code where standard error is lost', () => {
    expect(sh('"$@" nothing 2>/dev/full')).toEqual({ status: 2, stderr: '' })
  })

  it('says that the working directory is gone', () => {
    const { status, stderr } = sh('mkdir "gone.$$" && cd "gone.$$" && rmdir "../gone.$$" && "$@" say')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^error\[FILE_UNUSABLE\]: the current directory cannot be used\n/)
  })
})
