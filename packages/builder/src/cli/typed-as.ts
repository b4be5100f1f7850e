import path from 'node:path'
import { shellWord } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'

/** How the builder was started. */
export interface Invocation {
  readonly env: Env
  /** `process.argv[1]` */
  readonly program: string | undefined
}

/** What a person types, in any folder, to run this builder again: `edgelift`, `npx edgelift` or `node /…/edgelift.mjs`. */
export function typedAs({ env, program }: Invocation): string {
  if (env.npm_command === 'exec') return 'npx edgelift'
  if (program === undefined || !program.endsWith('.mjs')) return 'edgelift'
  return `node ${shellWord(path.resolve(program))}`
}
