import { rm, symlink } from 'node:fs/promises'
import { isThere } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { existsInPath } from '../node/programs.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'

const TARGET = 'k3s'

export interface LinksInputs {
  /** Commands that K3s' program is, too, when it is called by their names. */
  readonly commands: readonly string[]
}

/** Links to K3s' program, where no command of the name is there yet. */
export const k3sLinks = defineStep<LinksInputs>({
  id: 'k3s-links',
  title: { en: 'kubectl, crictl and ctr', zh: 'kubectl、crictl 与 ctr 链接' },
  check: async (run, inputs) => (await missing(run, inputs)).length === 0,
  async apply(run, inputs) {
    for (const command of await missing(run, inputs)) {
      const link = `/usr/local/bin/${command}`
      const target = onHost(run.host, link)
      if (await isThere(target)) await run.changes.backup(link) // one that leads nowhere
      await run.changes.record({ kind: 'link', path: link, to: TARGET })
      await rm(target, { force: true })
      await symlink(TARGET, target)
    }
  },
})

async function missing({ host }: Run, { commands }: LinksInputs): Promise<string[]> {
  const found = await Promise.all(commands.map((command) => existsInPath(host, command)))
  return commands.filter((_command, index) => found[index] === undefined)
}
