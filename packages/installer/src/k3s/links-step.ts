import { isThere } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { linkTarget, replaceLink } from '../node/links.ts'
import { existsInPath } from '../node/programs.ts'
import type { Run } from '../steps/run.ts'
import { type Drift, defineStep } from '../steps/step.ts'

/** A command in `/usr/local/bin`, and where its link leads. */
export interface CommandLink {
  readonly command: string
  readonly to: string
}

export interface LinksInputs {
  readonly links: readonly CommandLink[]
}

/** `kubectl`, `crictl` and `ctr` are K3s' program called by another name; helm is the archive's. */
export function cloudLinks(helm: string | undefined): CommandLink[] {
  return [
    ...['kubectl', 'crictl', 'ctr'].map((command) => ({ command, to: 'k3s' })),
    ...(helm === undefined ? [] : [{ command: 'helm', to: helm }]),
  ]
}

/**
 * Links in `/usr/local/bin`, where no command of the name exists yet. Those that an earlier archive made into its own
 * directory, which may be deleted after an upgrade, are led into this one's.
 */
export const k3sLinks = defineStep<LinksInputs>({
  id: 'k3s-links',
  title: { en: 'link kubectl, crictl, ctr and helm', zh: '链接 kubectl、crictl、ctr 与 helm' },
  check: async (run, inputs) =>
    (await missing(run, inputs)).length === 0 && (await former(run, inputs)).length === 0,
  async drift(run, inputs) {
    const [gone, elsewhere] = [await missing(run, inputs), await former(run, inputs)]
    return [
      ...gone.map(({ command }) => differs(command, 'missing')),
      ...elsewhere.map(({ command }) => differs(command, 'changed', ['target'])),
    ]
  },
  async apply(run, inputs) {
    for (const { command, to, from } of await former(run, inputs)) {
      const link = { kind: 'link', path: placeOf(command), to } as const
      await run.changes.revise({ ...link, from })
      await replaceLink(onHost(run.host, link.path), to)
      await run.changes.revise(link)
    }
    for (const { command, to } of await missing(run, inputs)) {
      const link = placeOf(command)
      const target = onHost(run.host, link)
      if (await isThere(target)) await run.changes.backup(link) // one that leads nowhere
      await run.changes.record({ kind: 'link', path: link, to })
      await replaceLink(target, to)
    }
  },
})

const placeOf = (command: string) => `/usr/local/bin/${command}`

async function missing({ host }: Run, { links }: LinksInputs): Promise<CommandLink[]> {
  const found = await Promise.all(links.map(({ command }) => existsInPath(host, command)))
  return links.filter((_link, index) => found[index] === undefined)
}

/** Links of ours that lead into an earlier archive, or whose record an interrupted run has left behind. */
async function former(
  { host, changes }: Run,
  { links }: LinksInputs,
): Promise<(CommandLink & { readonly from: string })[]> {
  const found = await Promise.all(links.map(({ command }) => linkTarget(host, placeOf(command))))
  return links.flatMap(({ command, to }, index) => {
    const record = changes.recorded({ kind: 'link', path: placeOf(command), to })
    const from = record?.kind !== 'link' ? undefined : record.to === to ? record.from : record.to
    const at = found[index]
    return from !== undefined && (at === from || at === to) ? [{ command, to, from }] : []
  })
}

function differs(command: string, state: 'missing' | 'changed', fields: readonly string[] = []): Drift {
  return { kind: 'file', place: placeOf(command), state, fields }
}
