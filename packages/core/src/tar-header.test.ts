import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts'

function listed(paths: string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgelift-'))
  try {
    const parts = paths.flatMap((name) => {
      const body = Buffer.from(name)
      const header = tarHeader({ path: name, type: 'file', size: body.length, mode: 0o644 })
      return [header, body, Buffer.alloc(tarPadding(body.length))]
    })
    writeFileSync(path.join(folder, 'x.tar'), Buffer.concat([...parts, TAR_END]))
    return execFileSync('tar', ['tf', path.join(folder, 'x.tar'), '--quoting-style=literal'], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('is read by tar for short, split, long and non-ASCII paths', () => {
  const paths = [
    'a',
    `${'d'.repeat(99)}/${'f'.repeat(100)}`,
    `${'long/'.repeat(60)}file`,
    `${'x'.repeat(180)}.tar`,
    '边缘/镜像.tar',
    `${'边'.repeat(50)}.tar`,
  ]
  expect(listed(paths)).toEqual(paths)
})

it('says sizes of 8 GiB and more in a pax header', () => {
  const header = Buffer.from(tarHeader({ path: 'big', type: 'file', size: 8 ** 11, mode: 0o644 }))
  expect(header.length).toBe(3 * 512)
  expect(header.toString('latin1', 512, 540)).toContain('size=8589934592\n')
})

it('pads to whole blocks', () => {
  expect([0, 1, 511, 512, 513].map(tarPadding)).toEqual([0, 511, 1, 0, 511])
})
