import type { Lang } from '../../text.ts'
import type { ProgramSpec } from '../specs.ts'
import { bashCompletion } from './bash.ts'
import { completable } from './completable.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

export type Shell = keyof typeof SHELLS

/** The script that makes a shell complete the program's commands, options and their values, with texts in `lang`. */
export function completionScript(spec: ProgramSpec, shell: Shell, lang: Lang): string {
  return SHELLS[shell](completable(spec, lang))
}
