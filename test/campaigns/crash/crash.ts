import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { type Case, runScenes, type Workshop } from './workshop.ts'

const KILLS = 3 // of one case at the most, one run after the other

export const crash: Campaign = {
  name: 'crash',
  claim: {
    en: 'kill -9 at random moments of `build`, `lock` and `store prune`, alone or beside a build that goes on, up to three times in a row: the build beside succeeds, the next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` finds no damage.',
    zh: '在 `build`、`lock` 与 `store prune` 的随机时刻执行 kill -9，单独运行或与另一个继续运行的构建同时进行，最多连续三次：同时进行的构建成功，下一次构建与锁定得到正确的离线包与锁定文件，旁边没有残留的临时文件，`store verify` 没有发现损坏。',
  },
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
