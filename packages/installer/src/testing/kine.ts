import { readFileSync } from 'node:fs'
import { vi } from 'vitest'

/**
 * Stands for the SQLite of the archive's Node, which the Node of unit tests may not have: each datastore that is there is at the
 * revision that its text names (`revision 9`), else at 7, and what is to be changed in it is kept. Real ones: `test/integration/sqlite.test.ts`.
 * @returns the changes so far, each with its file
 */
export function kineDouble(): { readonly file: string; readonly sql: string }[] {
  const changes: { file: string; sql: string }[] = []
  class DatabaseSync {
    readonly file: string
    readonly revision: number
    constructor(file: string) {
      this.file = file
      this.revision = Number(/revision (\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 7)
    }
    prepare() {
      return { get: () => ({ revision: this.revision }) }
    }
    exec(sql: string) {
      changes.push({ file: this.file, sql })
    }
    close() {}
  }
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ DatabaseSync } as never)
  return changes
}
