import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type Trial, trial } from '../testing/trial.ts'
import { hear, look, unreadable } from './look.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const SS = ['ss', '-l'] as const

describe('a question to a program', () => {
  it('has what it prints for its answer, trimmed', async () => {
    on.script('ss -l', '  a\nb\n\n')
    expect(await hear(on.host, SS)).toEqual({ text: 'a\nb' })
    on.script('ss -l', '')
    expect(await hear(on.host, SS)).toEqual({ text: '' })
  })

  it.each<[string, Answer, string, boolean]>([
    ['fails', { code: 1, stderr: 'one\ntwo\nthree\nfour\n' }, 'two\nthree\nfour', false],
    ['fails and says why on standard output', { code: 1, stdout: 'why' }, 'why', false],
    ['fails without a word', { code: 7 }, 'exit code 7, without a word', false],
    ['takes too long', { code: 124, stderr: 'half a word' }, 'no result within 30 s', false],
    ['is not there', 'missing', 'missing', true],
    ['cannot be started', 'unusable', 'unusable', false],
  ])('has none where it %s: that is told apart from an empty one', async (_what, answer, said, isMissing) => {
    on.script('ss -l', answer)
    const unread = { command: 'ss -l', said: expect.objectContaining({ en: said }), isMissing }
    expect(await hear(on.host, SS)).toEqual({ unread })
    expect(await look(on.host, { part: 'ports', command: SS })).toEqual({
      unread: { part: 'ports', ...unread },
    })
  })

  it('may have an answer in a failure, where that is known', async () => {
    on.script('ss -l', { code: 3, stdout: 'inactive\n' })
    const answerOf = ({ code, stdout }: { code: number; stdout: string }) =>
      code === 3 ? stdout.trim() : undefined
    expect(await hear(on.host, SS, answerOf)).toEqual({ text: 'inactive' })
    on.script('ss -l', { code: 4, stdout: 'inactive\n' })
    expect(await hear(on.host, SS, answerOf)).toMatchObject({ unread: { said: { en: 'inactive' } } })
  })

  it('passes on what is no failure of the program', async () => {
    on.script('ss -l', () => {
      throw new TypeError('a defect')
    })
    await expect(hear(on.host, SS)).rejects.toThrow('a defect')
  })
})

it('names a question whose answer nobody can read', () => {
  expect(unreadable({ part: 'ports', command: SS })).toMatchObject({
    ...{ part: 'ports', command: 'ss -l', isMissing: false },
    said: { en: expect.stringContaining('something else'), zh: '输出与预期不符' },
  })
})
