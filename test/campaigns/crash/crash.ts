import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashFile } from '@edgelift/core'
import { bundledProgram, type Program } from '../../support/building/program.ts'
import { smallRelease } from '../../support/building/small-release.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'

const ARCHIVE = 'small-edge-amd64.tar.gz'
const AT_ONCE = 3 // kills of one case at the most, one run after the other

interface Workshop {
  readonly program: Program
  readonly release: string
  readonly config: string
  /** What an undisturbed build left: `store` and `out`. */
  readonly whole: string
  readonly sha256: string
  /** Milliseconds of an undisturbed build. */
  readonly duration: number
}

/** What is killed: the command, and the state that it begins in. */
const SCENES: Readonly<
  Record<string, { readonly begin: 'empty' | 'whole' | 'stored'; readonly command: 'build' | 'prune' }>
> = {
  'first build': { begin: 'empty', command: 'build' },
  'build from a filled store': { begin: 'stored', command: 'build' },
  'build of what is there': { begin: 'whole', command: 'build' },
  prune: { begin: 'whole', command: 'prune' },
}

export const crash: Campaign = {
  name: 'crash',
  claim:
    'kill -9 at random moments of `build` and `store prune`, up to three times in a row: the next build gives the right archive, nothing temporary is left beside it, and `store verify` finds no damage.',
  short: 4,
  async run(options) {
    const { folder } = options
    const small = await smallRelease({ folder })
    await using upstream = await startUpstream({ content: small.content })
    const shop = await openWorkshop(folder, upstream.config, await small.write(path.join(folder, 'release')))
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

async function openWorkshop(folder: string, configText: string, release: string): Promise<Workshop> {
  const program = await bundledProgram(path.join(folder, 'program'))
  const config = path.join(folder, 'config.yaml')
  await writeFile(config, configText)
  const whole = path.join(folder, 'whole')
  const started = performance.now()
  const { code, stderr } = await program.run(buildLine({ release, config }, whole))
  if (code !== 0) throw new Error(`the undisturbed build failed:\n${stderr}`)
  const duration = performance.now() - started
  return {
    program,
    release,
    config,
    whole,
    sha256: (await hashFile(path.join(whole, 'out', ARCHIVE))).sha256,
    duration,
  }
}

function buildLine({ release, config }: Pick<Workshop, 'release' | 'config'>, place: string): string[] {
  return [
    ...['build', release, '--config', config, '--role', 'edge', '--platform', 'linux/amd64'],
    ...['--store', path.join(place, 'store'), '--out', path.join(place, 'out')],
  ]
}

/** One case; returns what is wrong after it. */
async function disturbed(
  shop: Workshop,
  { place, name, random }: { place: string; name: string; random: Random },
): Promise<string | undefined> {
  const { begin, command } = SCENES[name] as (typeof SCENES)[string]
  await mkdir(place, { recursive: true })
  for (const part of begin === 'empty' ? [] : begin === 'stored' ? ['store'] : ['store', 'out'])
    await cp(path.join(shop.whole, part), path.join(place, part), { recursive: true })
  const build = buildLine(shop, place)
  const store = ['--store', path.join(place, 'store')]
  const line = command === 'build' ? build : ['store', 'prune', ...store]
  for (let kills = 1 + random.below(AT_ONCE); kills > 0; kills--) {
    const { child, ended } = shop.program.start(line)
    await Promise.race([sleep(random.below(Math.ceil(shop.duration * 1.2))), ended])
    child.kill('SIGKILL')
    await ended
  }
  const next = await shop.program.run(build)
  if (next.code !== 0) return `the next build ended with ${next.code}: ${next.stderr.slice(0, 300)}`
  const out = path.join(place, 'out')
  if ((await hashFile(path.join(out, ARCHIVE))).sha256 !== shop.sha256) return 'another archive'
  const left = (await readdir(out)).filter((file) => file.startsWith('.'))
  if (left.length > 0) return `left beside the archive: ${left.join(', ')}`
  const verified = await shop.program.run(['store', 'verify', ...store])
  return verified.code === 0 ? undefined : `store verify: ${verified.stdout.slice(0, 300)}`
}
