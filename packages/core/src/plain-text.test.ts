import { describe, expect, it } from 'vitest'
import { openReporter } from './cli/reporter.ts'
import { printError, runInShell } from './cli/shell.ts'
import { fail } from './codes.ts'
import { plainJson, plainText } from './plain-text.ts'

/** One of each kind: CSI, OSC, C1, carriage return, backspace, bell, DEL, directions, isolates, separators, tags. */
const HOSTILE =
  '\u001b[31mred\u001b]0;title\u0007\u009b2J\rback\b\u007f\u202eevil\u2066\u2069\u200f\u061c\u2028\u{e0041}'
/** Of these, only the first begins something that we write ourselves. */
const ACTING = [
  '\u001b[31m',
  '\u001b]',
  ...'\u0007\b\u007f\u009b\u202e\u2066\u2069\u200f\u061c\u2028\u{e0041}',
]

function acting(text: string): string[] {
  return ACTING.filter((one) => text.includes(one))
}

describe('text of others', () => {
  it('is shown and does not act', () => {
    expect(acting(HOSTILE)).toEqual(ACTING)
    expect(acting(plainText(HOSTILE))).toEqual([])
    expect(plainText('a\u001b[31mb')).toBe('a<U+001B>[31mb')
    expect(plainText('name\u202etxt.exe')).toBe('name<U+202E>txt.exe')
    expect(plainText('行\ta\r\nb\n')).toBe('行\ta\nb\n')
  })

  it('keeps its value in JSON', () => {
    const json = plainJson(JSON.stringify({ [HOSTILE]: HOSTILE }))
    expect(acting(json)).toEqual([])
    expect(JSON.parse(json)).toEqual({ [HOSTILE]: HOSTILE })
  })

  it.each([
    ['a pipe', false],
    ['a terminal', true],
  ])('reaches %s by no way: result, error, note, label, document, stack', async (_name, isTTY) => {
    for (const json of [false, true]) {
      const parts: string[] = []
      const output = { write: (text: string) => parts.push(text), isTTY, columns: 200, rows: 24 }
      const streams = { stdout: output, stderr: output }
      const look = { streams, lang: 'en' as const, json, verbose: true }
      const error = fail('FILE_UNUSABLE', { what: HOSTILE, because: HOSTILE }, { cause: new Error(HOSTILE) })
      const options = { ...look, env: {}, typed: 'edgelift', quiet: false, resume: { en: '', zh: '' } }
      await runInShell(options, async ({ report, streams: beside }) => {
        const words = { en: HOSTILE, zh: HOSTILE }
        report({ type: 'note', level: 'warning', text: words })
        report({ type: 'phase', id: 'x', title: words })
        report({ type: 'transfer', id: 'x', label: HOSTILE, done: 1, total: 2 })
        report({ type: 'transferred', id: 'x', label: HOSTILE, fetched: 2 })
        beside.stderr.write(HOSTILE)
        return { document: { HOSTILE }, errors: [error], text: (_lang, paint) => paint.green(HOSTILE) }
      })
      printError(error, look)
      const reporter = openReporter({ output, env: {}, lang: 'en', quiet: true, verbose: false })
      reporter.report({ type: 'note', level: 'warning', text: { en: HOSTILE, zh: HOSTILE } })
      const text = parts.join('')
      expect(acting(text)).toEqual([])
      if (isTTY && !json) expect(text).toContain('\u001b[32m')
      if (!isTTY) expect(text).not.toContain('\u001b')
    }
  })
})
