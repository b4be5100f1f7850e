import { rm, symlink } from 'node:fs/promises'
import { isThere } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { existsInPath } from '../node/programs.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'

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

/** Links in `/usr/local/bin`, where no command of the name exists yet. */
export const k3sLinks = defineStep<LinksInputs>({
  id: 'k3s-links',
  title: { en: 'link kubectl, crictl, ctr and helm', zh: '链接 kubectl、crictl、ctr 与 helm' },
  check: async (run, inputs) => (await missing(run, inputs)).length === 0,
  async drift(run, inputs) {
    const gone = await missing(run, inputs)
    return gone.map(({ command }) => ({
      kind: 'file',
      place: `/usr/local/bin/${command}`,
      state: 'missing',
      fields: [],
    }))
  },
  async apply(run, inputs) {
    for (const { command, to } of await missing(run, inputs)) {
      const link = `/usr/local/bin/${command}`
      const target = onHost(run.host, link)
      if (await isThere(target)) await run.changes.backup(link) // one that leads nowhere
      await run.changes.record({ kind: 'link', path: link, to })
      await rm(target, { force: true })
      await symlink(to, target)
    }
  },
})

async function missing({ host }: Run, { links }: LinksInputs): Promise<CommandLink[]> {
  const found = await Promise.all(links.map(({ command }) => existsInPath(host, command)))
  return links.filter((_link, index) => found[index] === undefined)
}
