import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { writeFileAtomic } from '@edgelift/core'
import type { Unheard } from '../node/facts.ts'
import { ask, type Host, onHost, readDecisive } from '../node/host.ts'
import { hear } from '../node/look.ts'
import { existsInPath } from '../node/programs.ts'
import { propertyQuestion } from '../node/unit-property.ts'
import { type ConfigPlan, type Dump, type Effective, effectiveOf, planConfig } from './config.ts'
import type { Ctr } from './ctr.ts'
import { CONTAINERD_CONFIG, CONTAINERD_UNIT } from './files.ts'

/** A containerd that the host has by itself (`containerd: existing`). */
export interface ExistingContainerd {
  /** What its unit starts. */
  readonly program: string
  readonly version: Version
  readonly configFile: string
  readonly plan: ConfigPlan
  /** As it takes effect now; undefined when containerd itself refuses its configuration. */
  readonly effective: Effective | undefined
  readonly ctr: Ctr
  /** The runc that it will start; undefined where there is none. */
  readonly runc: string | undefined
}

export type Version = readonly [major: number, minor: number, patch: number]

/** CRI v1 came with containerd 1.6; KubeEdge asks for it since 1.15 (KubeEdge docs/setup/prerequisites/runtime.md). */
export const OLDEST: Version = [1, 6, 0]

/**
 * Reads what is known of the host's containerd: its unit, its configuration, and what of that has to change.
 * Undefined when the host has no such unit or program.
 * @param directory of the archive: its ctr is taken where the host has none
 */
export async function existingContainerd(host: Host, place: Packed): Promise<ExistingContainerd | undefined> {
  return (await lookForContainerd(host, place)).found
}

interface Packed {
  readonly directory: string
  readonly sandboxImage: string
}

/** As {@link existingContainerd}; `silent`: a program failed that would have told of it, so that nobody knows. */
export async function lookForContainerd(
  host: Host,
  { directory, sandboxImage }: Packed,
): Promise<{ readonly found?: ExistingContainerd; readonly silent?: Unheard }> {
  const unit = await hear(host, propertyQuestion(CONTAINERD_UNIT, 'ExecStart'))
  if (unit.unread !== undefined) return { silent: unit.unread }
  const program = /\bpath=(\S+)/.exec(unit.text)?.[1]
  if (program === undefined) return {}
  const said = await hear(host, [program, '--version'])
  // What its unit names may have been uninstalled.
  if (said.unread !== undefined) return said.unread.isMissing ? {} : { silent: said.unread }
  const version = parseVersion(said.text)
  if (version === undefined) return {}
  const words = /\bargv\[\]=([^;]*)/.exec(unit.text)?.[1]?.trim().split(/\s+/) ?? []
  const configFile = await resolved(host, configArgument(words) ?? CONTAINERD_CONFIG)
  const text = await readDecisive(host, configFile)
  const dump = dumpWith(host, program)
  const plan = await planConfig(text, { sandboxImage, major: version[0] }, dump)
  const now = await dump(text ?? `version = ${version[0] >= 2 ? 3 : 2}\n`)
  const effective = 'settings' in now ? effectiveOf(now.settings) : undefined
  const socket = effective?.socket ?? '/run/containerd/containerd.sock'
  const tool = (await existsInPath(host, 'ctr')) ?? `${directory}/bin/ctr`
  const found: ExistingContainerd = {
    program,
    version,
    configFile,
    plan,
    effective,
    ctr: [tool, '-a', socket, '-n', 'k8s.io'],
    runc: await existsInPath(host, effective?.runtimeProgram || 'runc'),
  }
  return { found }
}

/** The file itself, where its path is a link: a link that is written over would be one no more. */
async function resolved(host: Host, file: string): Promise<string> {
  return (await ask(host, 'readlink', '-e', file)) ?? file
}

/** containerd's own reading of a configuration; the text lies in a file of /run meanwhile. */
function dumpWith(host: Host, program: string): Dump {
  return async (text) => {
    const file = `/run/edgelift-containerd-${randomBytes(6).toString('hex')}.toml`
    try {
      await writeFileAtomic(onHost(host, file), text, 0o600)
      const { code, stdout, stderr } = await host.exec(program, ['-c', file, 'config', 'dump'], {
        timeout: 20_000,
      })
      return code === 0 ? { settings: stdout } : { refused: stderr.trim() }
    } finally {
      await rm(onHost(host, file), { force: true })
    }
  }
}

/** The file that a command line names, in any form that Go's flags have; the last one counts. */
export function configArgument(words: readonly string[]): string | undefined {
  let file: string | undefined
  for (const [at, word] of words.entries()) {
    const [flag, value] = /^--?(?:c|config)(?:=(.*))?$/.exec(word) ?? []
    if (flag !== undefined) file = value ?? words[at + 1]
  }
  return file
}

export function parseVersion(text: string | undefined): Version | undefined {
  const [, major, minor, patch] = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(text ?? '') ?? []
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)]
}

export function isOlder(a: Version, b: Version): boolean {
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/**
 * Whether the CRI plugin tells the kubelet of images that were pinned by ctr: containerd 1.6.26, 1.7.11 and newer
 * (containerd #8720, #9381, #9382). Elsewhere only a kubelet that collects no images at all leaves them.
 */
export function honoursPins(version: Version): boolean {
  const [major, minor] = version
  return major >= 2 || (minor === 6 ? !isOlder(version, [1, 6, 26]) : !isOlder(version, [1, 7, 11]))
}
