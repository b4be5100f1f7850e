import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { EdgeliftError, type Exec, type WorkEvent } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { type HostChanges, openHostChanges, receiptFor } from '../state/host-changes.ts'
import { type Former, NOTHING_BEFORE, type ReceiptHead } from '../state/receipt.ts'
import type { Run } from '../steps/run.ts'
import type { Step } from '../steps/step.ts'
import { undosOf } from '../uninstall/undo.ts'

/** What a program settings: its output, or how it fails. */
export type Answer =
  | string
  | { readonly code: number; readonly stdout?: string; readonly stderr?: string }
  | 'missing'
  | 'unusable'
type Scripted = Answer | ((args: readonly string[], input: string | undefined) => Answer | Promise<Answer>)

export const BASELINE = NOTHING_BEFORE

export const HEAD: ReceiptHead = {
  bundle: 'kubeedge-edge-1.22.0-amd64',
  role: 'edge',
  lock: 'sha256:0',
  edgelift: '0.1.0',
  directory: '/data/kubeedge-edge-1.22.0-amd64',
  settings: {},
  node: { name: 'edge-1', cloud: '10.77.0.1' },
}

/** How helm says that there is no such release. */
export const NO_RELEASE = { code: 1, stderr: 'Error: release: not found\n' } as const

/** What every machine can tell: this one has no links and no rules. */
const BARE = ['ip -o link show', 'iptables-save', 'iptables-legacy-save']

/** tcpmux, which nothing serves. */
const NOWHERE = '127.0.0.1:1'

/** A temporary root and scripted programs: where a step is tried without a machine. A program without a limit of time fails. */
export interface Trial extends AsyncDisposable {
  readonly root: string
  readonly host: Host
  /** Command lines in the order in which they were called. */
  readonly calls: string[]
  readonly events: WorkEvent[]
  /** Says what the program of a command line's first words does; the longest match counts. Others fail, but for {@link BARE}. */
  readonly script: (begin: string, answer: Scripted) => void
  readonly put: (file: string, text?: string, mode?: number) => Promise<void>
  /** A file's text; undefined where it is not there. */
  readonly text: (file: string) => Promise<string | undefined>
  /** @param options.complete whether the release was wholly installed before; options.former the one that it replaces */
  readonly run: (
    manifest?: Partial<BundleManifest>,
    options?: { readonly complete?: boolean; readonly former?: Former },
  ) => Promise<Run & { readonly all: HostChanges }>
}

/** @param options.metaServer where an edge's metaServer listens; absent: nowhere */
export async function trial({ metaServer = NOWHERE }: { readonly metaServer?: string } = {}): Promise<Trial> {
  const root = await mkdtemp(path.join(tmpdir(), 'edgelift-trial-'))
  const scripts = new Map<string, Scripted>(BARE.map((line) => [line, '']))
  const calls: string[] = []
  const events: WorkEvent[] = []
  const at = (file: string) => path.join(root, file)
  const exec: Exec = async (command, args, options) => {
    const line = [command.startsWith(root) ? command.slice(root.length) : command, ...args].join(' ')
    calls.push(line)
    // One that hangs would be waited for without end.
    if (options?.timeout === undefined) throw new Error(`${line}: run without a limit of time`)
    const begin = [...scripts.keys()]
      .filter((one) => line === one || line.startsWith(`${one} `))
      .toSorted((a, b) => b.length - a.length)[0]
    const scripted = begin === undefined ? { code: 1 } : scripts.get(begin)
    const input = options?.input === undefined ? undefined : String(options.input)
    const answer = typeof scripted === 'function' ? await scripted(args, input) : scripted
    if (answer === 'missing' || answer === 'unusable') {
      const code = answer === 'missing' ? 'COMMAND_MISSING' : 'COMMAND_UNUSABLE'
      throw new EdgeliftError(code, 1, { what: { en: command, zh: command }, because: answer })
    }
    const result = typeof answer === 'string' ? { code: 0, stdout: answer } : (answer ?? { code: 1 })
    return { stdout: '', stderr: '', ...result }
  }
  const host: Host = { root, env: {}, now: Date.now, exec, metaServer }
  await mkdir(at('/run/systemd/system'), { recursive: true })
  return {
    root,
    host,
    calls,
    events,
    script: (begin, answer) => void scripts.set(begin, answer),
    async put(file, text = '', mode = 0o644) {
      await mkdir(path.dirname(at(file)), { recursive: true })
      await writeFile(at(file), text, { mode })
    },
    text: (file) => readFile(at(file), 'utf8').catch(() => undefined),
    async run(manifest = {}, { complete = true, former } = {}) {
      const known = complete
        ? { baseline: BASELINE, steps: [], completed: '2026-11-01T00:00:00.000Z' }
        : undefined
      const all = await openHostChanges(
        host,
        receiptFor(former ? { ...HEAD, former } : HEAD, known, BASELINE),
      )
      return {
        all,
        host,
        directory: at('/data/archive'),
        manifest: { files: [], images: [], charts: [], ...manifest } as unknown as BundleManifest,
        changes: all.of({ id: 'trial', title: { en: 'trial', zh: '试验' } }),
        report: (event) => void events.push(event),
        signal: new AbortController().signal,
        joinToken: async () => 'the-token',
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

export function check(run: Run, step: Step): Promise<boolean> {
  return step.kind.check(run, step.inputs as never)
}

export function apply(run: Run, step: Step): Promise<void> {
  return step.kind.apply(run, step.inputs as never)
}

/** A run that is stopped as soon as it waits for this. @param id of the wait */
export function stoppedAt<R extends Run>(run: R, id: string): R {
  const stop = new AbortController()
  const report: Run['report'] = (event) => {
    run.report(event)
    if (event.type === 'wait' && event.id === id) stop.abort()
  }
  return { ...run, report, signal: AbortSignal.any([run.signal, stop.signal]) }
}

/** Takes back all that the steps of a run have recorded. */
export async function undo({ host, directory, manifest, signal, all }: Run & { readonly all: HostChanges }) {
  const receipt = all.receipt()
  for (const { changes } of receipt.steps.toReversed())
    for (const takeBack of undosOf(
      { host, directory, manifest, receipt, kept: [], signal, told: () => {} },
      changes,
    ))
      await takeBack()
}
