import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { openWorkshop, SCENES, type Workshop } from '../crash/workshop.ts'
import { type Random, randomOf } from '../random.ts'
import { allLasts, losePower } from './lasting.ts'

/** One program writes at a time: what another one has made lasting is not known to the recorder. */
const ALONE = Object.keys(SCENES).filter((name) => SCENES[name]?.beside === undefined)

export const power: Campaign = {
  name: 'power',
  claim:
    'Power is lost at random moments of `build`, `lock` and `store prune`: of names and contents that no fsync has made lasting, each is there, as before, cut off, or zeros. The next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` removes what is damaged, so that a second one finds nothing. What a command gave that had ended is not lost.',
  short: 4,
  async run(options) {
    const { folder } = options
    await using shop = await openWorkshop(folder)
    return await runCases(options, { every: 20 }, async (seed) => {
      const random = randomOf(seed)
      const name = random.pick(ALONE)
      const place = path.join(folder, 'case')
      const what = await disturbed(shop, { place, name, random })
      for (const left of [place, `${place}.lasting`]) await rm(left, { recursive: true, force: true })
      return what === undefined ? { outcomes: [name] } : { outcomes: [], failure: `${name}: ${what}` }
    })
  },
}

/** One case; returns what is wrong after it. */
async function disturbed(
  shop: Workshop,
  { place, name, random }: { place: string; name: string; random: Random },
): Promise<string | undefined> {
  const scene = SCENES[name] as (typeof SCENES)[string]
  await shop.prepare(scene, place)
  const lasting = await allLasts(place, `${place}.lasting`)
  const recorder = path.join(import.meta.dirname, 'recorder.mjs')
  const env = { NODE_OPTIONS: `--import=${recorder}`, EDGELIFT_LASTING: lasting.copies }
  const { child, ended } = shop.program.start(shop.line(scene.command, place), { env })
  await Promise.race([sleep(random.below(Math.ceil(shop.duration * 2))), ended])
  child.kill('SIGKILL')
  const { code } = await ended
  await losePower(place, lasting, random)
  if (code === 0 && !(await shop.isDone(scene.command, place)))
    return `what a finished ${scene.command} gave was lost`
  const problem = await shop.problem(scene, place)
  if (problem !== undefined) return problem
  const store = ['--store', path.join(place, 'store')]
  await shop.program.run(['store', 'verify', ...store])
  const verified = await shop.program.run(['store', 'verify', ...store])
  return verified.code === 0 ? undefined : `store verify: ${verified.stdout.slice(0, 300)}`
}
