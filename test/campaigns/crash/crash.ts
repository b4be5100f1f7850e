import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { openWorkshop, SCENES, type Workshop } from './workshop.ts'

const KILLS = 3 // of one case at the most, one run after the other

export const crash: Campaign = {
  name: 'crash',
  claim:
    'kill -9 at random moments of `build`, `lock` and `store prune`, alone or beside a build that goes on, up to three times in a row: the build beside succeeds, the next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` finds no damage.',
  short: 4,
  async run(options) {
    const { folder } = options
    await using shop = await openWorkshop(folder)
    return await runCases(options, { every: 50 }, async (seed) => {
      const random = randomOf(seed)
      const name = random.pick(Object.keys(SCENES))
      const place = path.join(folder, 'case')
      const what = await disturbed(shop, { place, name, random })
      await rm(place, { recursive: true, force: true })
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
  const beside =
    scene.beside === undefined ? undefined : shop.program.start(shop.line(scene.beside, place)).ended
  for (let kills = 1 + random.below(KILLS); kills > 0; kills--) {
    const { child, ended } = shop.program.start(shop.line(scene.command, place))
    await Promise.race([sleep(random.below(Math.ceil(shop.duration * 1.2))), ended])
    child.kill('SIGKILL')
    await ended
  }
  const undisturbed = await beside
  if (undisturbed !== undefined && undisturbed.code !== 0)
    return `the ${scene.beside} beside it ended with ${undisturbed.code}: ${undisturbed.stderr.slice(-300)}`
  const problem = await shop.problem(scene, place)
  if (problem !== undefined) return problem
  const verified = await shop.program.run(['store', 'verify', '--store', path.join(place, 'store')])
  return verified.code === 0 ? undefined : `store verify: ${verified.stdout.slice(0, 300)}`
}
