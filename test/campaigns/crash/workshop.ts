import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hashFile, isErrno } from '@edgelift/core'
import { dump } from 'js-yaml'
import { bundledProgram, type Program } from '../../support/building/program.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import type { CampaignCounts, CampaignOptions } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { campaignRelease } from '../network/release.ts'
import { type Random, randomOf } from '../random.ts'

const ARCHIVE = 'small-edge-amd64.tar.gz'

/** What is disturbed: commands at the same time, and the state that they begin in. */
export interface Scene {
  readonly name: string
  readonly begin: 'empty' | 'stored' | 'whole'
  readonly command: Command
  /** Runs at the same time, and is not disturbed. */
  readonly beside?: Command
}
type Command = 'build' | 'lock' | 'prune'

const SCENES: readonly Scene[] = [
  { name: 'first build', begin: 'empty', command: 'build' },
  { name: 'build from a filled store', begin: 'stored', command: 'build' },
  { name: 'build of what is there', begin: 'whole', command: 'build' },
  { name: 'first lock', begin: 'empty', command: 'lock' },
  { name: 'lock of what is there', begin: 'whole', command: 'lock' },
  { name: 'prune', begin: 'whole', command: 'prune' },
  { name: 'lock beside a build', begin: 'empty', command: 'lock', beside: 'build' },
  { name: 'prune beside a build', begin: 'whole', command: 'prune', beside: 'build' },
  { name: 'build beside a build', begin: 'stored', command: 'build', beside: 'build' },
]

/** A release, servers, and what an undisturbed build and lock leave. */
export interface Workshop extends AsyncDisposable {
  readonly program: Program
  /** Milliseconds of an undisturbed command, about. */
  readonly duration: number
  line(command: Command, place: string): string[]
  /** Puts the state that a scene begins in into a folder. */
  prepare(scene: Scene, place: string): Promise<void>
  /** Whether what a command gives is there, and right. */
  isDone(command: Command, place: string): Promise<boolean>
  /** What is wrong with the next runs in a folder that was disturbed; undefined when nothing is. */
  problem(scene: Scene, place: string): Promise<string | undefined>
}

/** One case of a campaign: a scene in a folder of its own. */
export interface Case {
  readonly scene: Scene
  readonly place: string
  readonly random: Random
}

/**
 * Runs a campaign's cases, each in a scene that its seed picks.
 * @param disturbed returns what is wrong after a case
 */
export async function runScenes(
  options: CampaignOptions,
  { every, suits = () => true }: { readonly every: number; readonly suits?: (scene: Scene) => boolean },
  disturbed: (shop: Workshop, one: Case) => Promise<string | undefined>,
): Promise<CampaignCounts> {
  await using shop = await openWorkshop(options.folder)
  const scenes = SCENES.filter(suits)
  return await runCases(options, { every }, async (seed) => {
    const random = randomOf(seed)
    const scene = random.pick(scenes)
    const place = path.join(options.folder, 'case')
    const what = await disturbed(shop, { scene, place, random })
    await rm(place, { recursive: true, force: true })
    return what === undefined
      ? { outcomes: [scene.name] }
      : { outcomes: [], failure: `${scene.name}: ${what}` }
  })
}

async function openWorkshop(folder: string): Promise<Workshop> {
  const { built, locked, content } = await campaignRelease(folder)
  const upstream = await startUpstream({ content })
  const program = await bundledProgram(path.join(folder, 'program'))
  const release = await built.write(path.join(folder, 'release'))
  const config = path.join(folder, 'config.yaml')
  await writeFile(config, upstream.config)
  const whole = path.join(folder, 'whole')
  const line = (command: Command, place: string): string[] => {
    const store = ['--store', path.join(place, 'store')]
    if (command === 'prune') return ['store', 'prune', ...store]
    if (command === 'lock') return ['lock', path.join(place, 'campaign.yaml'), '--config', config, ...store]
    const out = ['--out', path.join(place, 'out'), '--role', 'edge', '--platform', 'linux/amd64']
    return ['build', release, '--config', config, ...store, ...out]
  }
  const layRelease = async (place: string): Promise<void> => {
    await mkdir(place, { recursive: true })
    await writeFile(path.join(place, 'campaign.yaml'), dump(locked))
  }
  await layRelease(whole)
  const started = performance.now()
  for (const command of ['build', 'lock'] as const) {
    const { code, stderr } = await program.run(line(command, whole))
    if (code !== 0) throw new Error(`the undisturbed ${command} failed:\n${stderr}`)
  }
  const right = await resultsIn(whole)
  return {
    program,
    line,
    duration: (performance.now() - started) / 2,
    async prepare({ begin }, place) {
      await layRelease(place)
      const parts = { empty: [], stored: ['store'], whole: ['store', 'out', 'campaign.lock.json'] }[begin]
      for (const part of parts) await cp(path.join(whole, part), path.join(place, part), { recursive: true })
    },
    async isDone(command, place) {
      const found = await resultsIn(place)
      if (command === 'build') return found.archive === right.archive
      return command === 'lock' ? found.lock === right.lock : true
    },
    async problem(scene, place) {
      for (const command of ['build', 'lock'] as const) {
        const { code, stderr } = await program.run(line(command, place))
        if (code !== 0) return `the next ${command} ended with ${code}: ${stderr.slice(-300)}`
      }
      const found = await resultsIn(place)
      if (found.archive !== right.archive) return 'another archive'
      if (found.lock !== right.lock) return 'another lock'
      const names = [...(await readdir(path.join(place, 'out'))), ...(await readdir(place))]
      const left = names.filter((file) => file.startsWith('.'))
      return left.length > 0 ? `left after ${scene.command}: ${left.join(', ')}` : undefined
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}

async function resultsIn(place: string): Promise<{ archive: string | undefined; lock: string | undefined }> {
  const none = (error: unknown): undefined => {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  return {
    archive: (await hashFile(path.join(place, 'out', ARCHIVE)).catch(none))?.sha256,
    lock: await readFile(path.join(place, 'campaign.lock.json'), 'utf8').catch(none),
  }
}
