import { rm } from 'node:fs/promises'
import type { Text } from '@edgelift/core'
import { onHost } from '../node/host.ts'
import { restartUnit } from '../node/unit-start.ts'
import { mustKnowActive } from '../node/units.ts'
import { defineStep } from '../steps/step.ts'
import { K3S_UNIT } from './files.ts'
import { damagedPrograms, unpackPrograms } from './programs.ts'

/** Removes programs that K3s has unpacked and a power loss has damaged: it unpacks them again. */
export const k3sPrograms = defineStep<Record<string, never>>({
  id: 'k3s-programs',
  title: { en: 'check the programs that K3s has unpacked', zh: '检查 K3s 解包的程序' },
  check: async ({ host }) => (await damagedPrograms(host)).size === 0,
  drift: async ({ host }) =>
    [...(await damagedPrograms(host))].map(([place, fields]) => ({
      kind: 'file',
      place,
      state: 'damaged',
      fields: within(place, fields),
    })),
  async apply(run) {
    const { host, report } = run
    for (const [folder, programs] of await damagedPrograms(host)) {
      report({ type: 'note', level: 'warning', text: unpacksAgain(folder, programs) })
      await rm(onHost(host, folder), { recursive: true })
    }
    await unpackPrograms(host)
    if (await mustKnowActive(host, K3S_UNIT)) await restartUnit(run, K3S_UNIT)
  },
})

function within(folder: string, programs: readonly string[]): string[] {
  return programs.map((file) => file.slice(folder.length + 1))
}

const SHOWN = 3

function unpacksAgain(folder: string, programs: readonly string[]): Text {
  const names = within(folder, programs).slice(0, SHOWN)
  const more = programs.length > SHOWN
  return {
    en: `${folder}: ${names.join(', ')}${more ? ', …' : ''} damaged, as a power loss leaves them: K3s unpacks its programs again`,
    zh: `${folder} 中的 ${names.join('、')}${more ? '等' : ''} 已损坏（断电可能导致）：K3s 将重新解包其程序`,
  }
}
