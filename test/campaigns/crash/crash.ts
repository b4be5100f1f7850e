import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { type Case, runScenes, type Workshop } from './workshop.ts'

const KILLS = 3 // of one case at the most, one run after the other

export const crash: Campaign = {
  name: 'crash',
  claim:
    'kill -9 at random moments of `build`, `lock` and `store prune`, alone or beside a build that goes on, up to three times in a row: the build beside succeeds, the next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` finds no damage.',
  short: 4,
  run: (options) => runScenes(options, { every: 50 }, disturbed),
}

async function disturbed(shop: Workshop, { scene, place, random }: Case): Promise<string | undefined> {
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
