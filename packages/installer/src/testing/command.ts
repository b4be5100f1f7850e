import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import type { WorkEvent } from '@edgelift/core'
import { paintFor } from '@edgelift/core/cli'
import type { NodeCommand } from '../cli/on-node.ts'
import { RECEIPT, type Receipt } from '../state/receipt.ts'
import { type Trial, trial } from './trial.ts'

/** What a command left: its document, and what people read of it. */
export interface Said {
  readonly document: Readonly<Record<string, unknown>>
  readonly en: string
  readonly zh: string
  /** Absent where it is what the error or success says. */
  readonly exit: number | undefined
  /** What was told on the way, in English. */
  readonly notes: readonly string[]
}

export interface CommandTrial extends Trial {
  /** The archive of this role in which the command lies. */
  readonly type: (
    command: NodeCommand,
    args?: Readonly<Record<string, unknown>>,
    role?: 'cloud' | 'edge',
  ) => Promise<Said>
  readonly install: (receipt: Receipt) => Promise<void>
}

/** Commands on a temporary root, in an archive that holds nothing, without a terminal. */
export async function commandTrial(): Promise<CommandTrial> {
  const node = await trial()
  const output = { write: () => true }
  return {
    ...node,
    install: (receipt) => node.put(RECEIPT, `${JSON.stringify(receipt, null, 2)}\n`, 0o600),
    async type(command, args = {}, role = 'edge') {
      const notes: string[] = []
      const report = (event: WorkEvent): void => {
        if (event.type === 'note') notes.push(event.text.en)
      }
      const manifest = {
        ...{ name: `kubeedge-${role}-1.22.0-amd64`, role, platform: 'linux/amd64', lock: 'sha256:0' },
        ...{ edgelift: '0.1.0', release: { name: 'kubeedge', version: '1.22.0' }, versions: {} },
        ...{
          files: [],
          images: [],
          charts: [],
          options: [],
          settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
        },
      } as unknown as BundleManifest
      const context = {
        ...{ lang: 'en' as const, env: {}, typed: './edgelift', json: false, quiet: false, verbose: false },
        ...{ report, pause: () => () => {}, signal: new AbortController().signal },
        streams: { stdout: output, stderr: output },
      }
      const directory = path.join(node.root, 'data', manifest.name)
      const { document, text, exit } = await command({ host: node.host, directory, manifest }, args, context)
      const paint = paintFor(output, {})
      return {
        document: document as Said['document'],
        en: text('en', paint),
        zh: text('zh', paint),
        exit,
        notes,
      }
    },
  }
}
