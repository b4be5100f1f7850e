import { shellWord } from '../shell-word.ts'
import type { Lang } from '../text.ts'
import { type Output, type Streams, withWrite } from './output.ts'
import type { ProgramSpec } from './specs.ts'

/** A program's name as it is typed from where the person stands. */
export function nameFromHere({ elsewhere }: ProgramSpec, name: string): string {
  if (elsewhere === undefined) return name
  return shellWord(name.replace(/^\./, () => elsewhere))
}

/** A line that leads to another directory by itself. */
const SAYS_WHERE = /\bcd .+ && /

export interface Named {
  /** What is written here is looked through for the program's names. */
  readonly streams: Streams
  /** Says where they lie, if one was written. */
  readonly tell: (lang: Lang) => void
}

/**
 * Messages name commands as they are typed in the program's own directory (`./edgelift doctor`, also for another machine). Where
 * the person stands in another one, the last line on standard error says how to get there.
 */
export function namingDirectory(spec: ProgramSpec, streams: Streams): Named {
  const { elsewhere, name, launchers = [] } = spec
  if (elsewhere === undefined) return { streams, tell: () => {} }
  const names = [name, ...launchers.map((one) => one.name)]
  let isNamed = false
  const look = (text: string): void => {
    const lines = text.split('\n').filter((line) => !SAYS_WHERE.test(line))
    isNamed ||= names.some((one) => lines.some((line) => line.includes(one)))
  }
  return {
    streams: { stdout: watched(streams.stdout, look), stderr: watched(streams.stderr, look) },
    tell: (lang) => {
      if (isNamed) streams.stderr.write(`${howToGetThere(elsewhere, lang)}\n`)
    },
  }
}

function watched(output: Output, look: (text: string) => void): Output {
  return withWrite(output, (text) => {
    look(text)
    return output.write(text)
  })
}

function howToGetThere(directory: string, lang: Lang): string {
  const line = `cd ${shellWord(directory)}`
  return lang === 'zh'
    ? `在本机执行以 ./ 开头的命令，请先进入其目录：${line}`
    : `Commands that begin with ./ are run in their directory; on this machine: ${line}`
}
