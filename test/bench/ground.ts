import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { bundledProgram, type Program, type Ran } from '../support/building/program.ts'
import { type SmallRelease, smallRelease } from '../support/building/small-release.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

export const MB = 1_000_000

/** A release that is served, and the program that builds it. */
export interface Ground extends AsyncDisposable {
  readonly folder: string
  readonly program: Program
  readonly small: SmallRelease
  readonly upstream: Upstream
  /** The arguments of a build, with more of them. */
  line(more: readonly string[]): string[]
  /** Builds with more arguments. @throws when the program fails */
  build(more: readonly string[]): Promise<Ran>
  /** Takes the store and the archives away. */
  wipe(): Promise<void>
}

export const ONE_ARCHIVE = ['--role', 'cloud', '--platform', 'linux/amd64']

export async function prepare(
  folder: string,
  options: Omit<Parameters<typeof smallRelease>[0], 'folder'>,
): Promise<Ground> {
  const small = await smallRelease({ folder, ...options })
  const upstream = await startUpstream({ content: small.content })
  const config = path.join(folder, 'config.yaml')
  await writeFile(config, upstream.config)
  const program = await bundledProgram(path.join(folder, 'program'))
  const release = await small.write(path.join(folder, 'release'))
  const places = ['--store', path.join(folder, 'store'), '--out', path.join(folder, 'out')]
  const line = (more: readonly string[]) => ['build', release, '--config', config, ...places, ...more]
  return {
    folder,
    program,
    small,
    upstream,
    line,
    async build(more) {
      const ran = await program.run(line(more))
      if (ran.code !== 0) throw new Error(ran.stderr)
      return ran
    },
    async wipe() {
      for (const name of ['store', 'out']) await rm(path.join(folder, name), { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}

/** Bytes of content that have been served; bodies of tokens are none. */
export function contentBytes({ served }: Upstream): number {
  const content = served.log.filter(({ status, path: at }) => [200, 206].includes(status) && at !== '/token')
  return content.reduce((sum, one) => sum + one.bytes, 0)
}
