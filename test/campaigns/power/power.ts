import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { type Case, runScenes, type Workshop } from '../crash/workshop.ts'
import { allLasts, losePower } from './lasting.ts'

export const power: Campaign = {
  name: 'power',
  claim:
    'Power is lost at random moments of `build`, `lock` and `store prune`: of names and contents that no fsync has made lasting, each is there, as before, cut off, or zeros. The next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` removes what is damaged, so that a second one finds nothing. What a command gave that had ended is not lost.',
  short: 4,
  // One program writes at a time: what another one has made lasting is not known to the recorder.
  run: (options) => runScenes(options, { every: 20, suits: ({ beside }) => beside === undefined }, disturbed),
}

async function disturbed(shop: Workshop, { scene, place, random }: Case): Promise<string | undefined> {
  await shop.prepare(scene, place)
  const lasting = await allLasts(place, `${place}.lasting`)
  const recorder = path.join(import.meta.dirname, 'recorder.mjs')
  const env = { NODE_OPTIONS: `--import=${recorder}`, EDGELIFT_LASTING: lasting.copies }
  const { child, ended } = shop.program.start(shop.line(scene.command, place), { env })
  await Promise.race([sleep(random.below(Math.ceil(shop.duration * 2))), ended])
  child.kill('SIGKILL')
  const { code } = await ended
  await losePower(place, lasting, random)
  await rm(lasting.copies, { recursive: true, force: true })
  if (code === 0 && !(await shop.isDone(scene.command, place)))
    return `what a finished ${scene.command} gave was lost`
  const problem = await shop.problem(scene, place)
  if (problem !== undefined) return problem
  const store = ['--store', path.join(place, 'store')]
  await shop.program.run(['store', 'verify', ...store])
  const verified = await shop.program.run(['store', 'verify', ...store])
  return verified.code === 0 ? undefined : `store verify: ${verified.stdout.slice(0, 300)}`
}
