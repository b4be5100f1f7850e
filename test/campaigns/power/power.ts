import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Campaign } from '../campaign.ts'
import { type Case, runScenes, type Workshop } from '../crash/workshop.ts'
import { allLasts, losePower } from './lasting.ts'

export const power: Campaign = {
  name: 'power',
  claim: {
    en: 'Power is lost at random moments of `build`, `lock` and `store prune`: of names and contents that no fsync has made lasting, each is there, as before, cut off, or zeros. The next build and lock give the right archive and lock, nothing temporary is left beside them, and `store verify` removes what is damaged, so that a second one finds nothing. What a command had written when it ended is not lost.',
    zh: '在 `build`、`lock` 与 `store prune` 的随机时刻断电：未经 fsync 落盘的文件名与内容，可能保留、恢复原状、被截断或为零。下一次构建与锁定得到正确的离线包与锁定文件，旁边没有残留的临时文件，`store verify` 删除损坏内容后再次校验不再发现损坏。已结束的命令所生成的文件不会丢失。',
  },
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
