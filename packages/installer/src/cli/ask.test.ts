import path from 'node:path'
import { expect, it } from 'vitest'
import { nodeProgram, runOnTerminal } from '../../../../test/support/screen.ts'

const child = path.join(import.meta.dirname, 'ask.child.ts')

it('asks again until a question is answered, with no bar in the way and no secret on the screen', async () => {
  const { code, lines, frames } = await runOnTerminal(nodeProgram(child, 'ask', '--lang', 'en'), {
    columns: 80,
    typed: [
      { after: 'Secret:', text: 's3cret\r' },
      { after: '[default: n]', text: 'yy\r' },
      { after: '[default: n]', text: 'y\r' },
      { after: 'Address:', text: '10.0.0.1\r' },
    ],
  })
  expect(code).toBe(0)
  expect(frames.some((frame) => frame.lines.some((line) => line.includes('a bar')))).toBe(true)
  expect(lines).toEqual([
    'Secret:',
    'Install it? (y/n) [default: n] yy',
    'Please type y or n.',
    'Install it? (y/n) [default: n] y',
    'Address: 10.0.0.1',
    '6 true 10.0.0.1',
  ])
})
