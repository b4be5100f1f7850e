import { expect, it } from 'vitest'
import { streamsOf } from './process-streams.ts'

function written(env: Record<string, string>): string | Uint8Array | undefined {
  let chunk: string | Uint8Array | undefined
  const output = { write: (text: string | Uint8Array) => (chunk = text), isTTY: true, columns: 40, rows: 24 }
  const { stdout } = streamsOf({ stdout: output, stderr: output }, env)
  stdout.write('安装完成')
  expect([stdout.isTTY, stdout.columns, stdout.rows]).toEqual([true, 40, 24])
  return chunk
}

it('writes in the encoding of the locale', () => {
  expect(written({ LANG: 'zh_CN.UTF-8' })).toBe('安装完成')
  const bytes = written({ LANG: 'zh_CN.GB18030' })
  expect(bytes).toBeInstanceOf(Uint8Array)
  expect(new TextDecoder('gbk').decode(bytes as Uint8Array)).toBe('安装完成')
})
