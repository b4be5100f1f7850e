import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { DEFAULT_TIMEOUTS } from '@edgelift/oci'
import { type Fault, type Matching, on } from '../../support/upstream/faults.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { KINDS, type Kind, type Target } from './kinds.ts'
import { campaignRelease, releaseFolder } from './release.ts'
import { buildOnce, endOf, HURRIED, lockOnce, type Work } from './work.ts'

const AT_ONCE = 4
const DEADLINE = 30_000 // ms for a run on hurried limits: several transfers may use theirs up one after the other
const REAL_DEADLINE = 300_000
/** Manifests and error pages are asked for again as a whole; only content resumes. */
const WASTE = 1.02

/** Real registries' and networks' faults, against builds and locks. */
export const network: Campaign = {
  name: 'network',
  claim: {
    en: `Builds and locks (three to one) against a registry and file server with one to three of ${KINDS.length} kinds of faults, once, at first or always; one in ten with the default time limits. Each ends with the right result or a coded error within its deadline, the next run on the same store gives the right result, and where all faults are cuts that resume, both runs together fetch at most ${WASTE} times what is needed.`,
    zh: `构建与锁定（三比一）所用的镜像仓库与文件服务器带有一至三种异常，出现一次、开始时或始终；十分之一使用默认时间限制。每次都在期限内得到正确结果或带代码的错误，在同一内容存储上再次运行得到正确结果；若全部异常都是可续传的中断，两次合计下载量不超过所需的 ${WASTE} 倍。`,
  },
  short: 24,
  async run(options) {
    const { folder } = options
    const release = await campaignRelease(folder)
    const releaseFile = await release.built.write(releaseFolder(folder))
    const base = { release, releaseFile }
    const right = {
      build: await faultless({ ...base, folder: path.join(folder, 'right-build') }, buildOnce),
      lock: await faultless({ ...base, folder: path.join(folder, 'right-lock') }, lockOnce),
    }
    return await runCases(options, { every: 50, atOnce: AT_ONCE }, async (seed) => {
      const one = caseOf(seed)
      const place = path.join(folder, `case-${seed}`)
      const { outcome, problems } = await tryCase(one, { ...base, folder: place }, right[one.work])
      await rm(place, { recursive: true, force: true })
      return {
        outcomes: [`${one.work}: ${outcome}`, ...(one.isReal ? ['on the real clock'] : [])],
        failure: problems.length > 0 ? `${one.title}: ${problems.join('; ')}` : undefined,
      }
    })
  },
}

type Place = Omit<Work, 'upstream' | 'timeouts'>
type Once = (work: Work) => Promise<string>

/** The right result, and the bytes that it takes. */
async function faultless(place: Place, once: Once): Promise<{ result: string; bytes: number }> {
  await mkdir(place.folder, { recursive: true })
  await using upstream = await startUpstream({ content: place.release.content })
  const result = await once({ ...place, upstream, timeouts: DEFAULT_TIMEOUTS })
  return { result, bytes: upstream.served.bytes }
}

interface Case {
  readonly work: 'build' | 'lock'
  readonly isReal: boolean
  readonly faults: readonly Fault[]
  readonly kinds: readonly Kind[]
  readonly title: string
}

function caseOf(seed: number): Case {
  const random = randomOf(seed)
  const isReal = random.chance(0.1)
  const work = random.chance(0.25) ? 'lock' : 'build'
  const kinds = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(isReal ? KINDS.filter((kind) => !kind.waits) : KINDS),
  )
  const placed = kinds.map((kind) => ({ kind, matching: matchingOf(kind, { random, isReal, work }) }))
  return {
    work,
    isReal,
    kinds,
    faults: placed.map(({ kind: { act }, matching }) =>
      on(matching, typeof act === 'function' ? act(random) : act),
    ),
    title: `${work} with ${placed.map(({ kind, matching }) => `${kind.name} (${JSON.stringify(matching, shown)})`).join(', ')}`,
  }
}

const shown = (_key: string, value: unknown): unknown => (value instanceof RegExp ? value.source : value)

const PLACES: Readonly<Record<Target, RegExp>> = {
  any: /./,
  blob: /\/blobs\/|^\/files\.example\/(program|tools|checked$)/,
  manifest: /\/manifests\//,
  token: /^\/token$/,
  // A first download without a checksum is believed as it comes: nothing could tell a wrong one.
  verified: /\/blobs\/|\/manifests\/|^\/files\.example\/(program|tools|checked)/,
}

function matchingOf(
  kind: Kind,
  { random, isReal, work }: { random: Random; isReal: boolean; work: Case['work'] },
): Matching {
  const path = PLACES[kind.target]
  const timing = random.below(isReal ? 3 : 4) // always, on the real clock, is minutes of patience
  if (timing === 0) return { path, nth: 1 + random.below(work === 'build' ? 8 : 12) }
  if (timing === 1) return { path, nthOfPath: 1 }
  if (timing === 2) return { path, nthOfPath: [1, 2] }
  return { path }
}

async function tryCase(
  one: Case,
  place: Place,
  right: { readonly result: string; readonly bytes: number },
): Promise<{ outcome: string; problems: string[] }> {
  await mkdir(place.folder, { recursive: true })
  await using upstream = await startUpstream({ content: place.release.content, faults: one.faults })
  const once = one.work === 'build' ? buildOnce : lockOnce
  const work = { ...place, upstream, timeouts: one.isReal ? DEFAULT_TIMEOUTS : HURRIED }
  const first = await endOf(once(work), one.isReal ? REAL_DEADLINE : DEADLINE)
  upstream.faults.length = 0
  const second = await endOf(once({ ...work, timeouts: DEFAULT_TIMEOUTS }), REAL_DEADLINE)
  const problems: string[] = []
  if ('broken' in first) problems.push(first.broken)
  if ('result' in first && first.result !== right.result) problems.push('a wrong result')
  if (!('result' in second)) problems.push(`the next run: ${JSON.stringify(second)}`)
  else if (second.result !== right.result) problems.push('the next run gave a wrong result')
  const factor = upstream.served.bytes / right.bytes
  if (one.work === 'build' && one.kinds.every(({ resumes }) => resumes) && factor > WASTE)
    problems.push(`${factor.toFixed(3)} times the bytes`)
  return { outcome: 'code' in first ? first.code : 'result' in first ? 'right result' : 'broken', problems }
}
