import { type Digest, decodedText, EdgeliftError } from '@edgelift/core'
import { redactUrl } from '@edgelift/oci'
import pLimit from 'p-limit'
import { error, type Finding } from '../findings.ts'
import type { ExpandedSource, PlatformRelease } from '../release/expand.ts'
import { chartFacts, chartLabel, readPackedChart } from '../sources/chart-tarball.ts'
import { type FetchedSource, sourceFetcher } from '../sources/fetch-source.ts'
import { parseImageList } from '../sources/image-list.ts'
import { isPlaceholderBlob, type PartRequirement, type TakenPart, takeParts } from '../sources/members.ts'
import type { PlatformDownload } from '../sources/platform-download.ts'
import type { LockContext, PhaseContext } from './context.ts'
import { countItems } from './count-items.ts'

export interface Downloads {
  readonly downloads: readonly PlatformDownload[]
  /** Files that upstream does not publish. */
  readonly findings: readonly Finding[]
}

/**
 * Downloads everything that a release names by URL, and takes out what goes into archives. Files that are not
 * published become findings; whatever else goes wrong with one of them fails the item.
 */
export async function lockDownloads(
  platforms: readonly PlatformRelease[],
  context: PhaseContext,
): Promise<Downloads> {
  const limit = pLimit(context.concurrency)
  const fetch = sourceFetcher(context)
  const jobs = platforms.flatMap((release) => jobsOf(release).map((job) => ({ ...job, release })))
  const done = countItems(context.report, jobs.length)
  const lock = async ({ release, source, take }: (typeof jobs)[number]): Promise<PlatformDownload> => {
    const fetched = await fetch(source)
    return { platform: release.platform, source, fetched, ...(await take(fetched, context)) }
  }
  const results = await Promise.all(
    jobs.map((job) =>
      limit(async () => {
        const { source } = job
        const item = { where: `${source.id} ${redactUrl(source.url)}`, host: hostOf(source, context) }
        const result = await context.items.run(item, () =>
          lock(job).catch((caught: unknown) => asFinding(source, caught)),
        )
        done()
        return result
      }),
    ),
  )
  context.items.check()
  const downloads: PlatformDownload[] = []
  const findings: Finding[] = []
  for (const result of results) {
    if (result === undefined) continue
    if ('severity' in result) findings.push(result)
    else downloads.push(result)
  }
  return { downloads, findings }
}

function hostOf({ url }: ExpandedSource, { locate }: PhaseContext): string {
  return new URL(locate(url)).host
}

type Taken = Pick<PlatformDownload, 'parts' | 'images'>

interface Job {
  readonly source: ExpandedSource
  readonly take: (fetched: FetchedSource, context: LockContext) => Promise<Taken>
}

function jobsOf(release: PlatformRelease): Job[] {
  return [
    ...release.files.map((file) => ({
      source: file,
      take: async (fetched: FetchedSource, context: LockContext) => {
        const requirements = file.parts.map((part) => ({ ...part, mode: file.mode }))
        return { parts: await partsOf(file, requirements, { fetched, context }) }
      },
    })),
    ...release.charts.map((chart) => ({
      source: chart,
      take: async (fetched: FetchedSource, context: LockContext) => {
        const requirement: PartRequirement = {
          path: chart.path,
          mode: '0644',
          ...(chart.folder === undefined ? {} : { member: `${chart.folder.replace(/\/+$/, '')}/` }),
        }
        if (chart.folder !== undefined)
          return { parts: await partsOf(chart, [requirement], { fetched, context }) }
        const label = chartLabel(chart.id, chart.url)
        const facts = chartFacts(await readPackedChart(context.store.open(fetched.digest), label), label)
        const { digest, size } = fetched
        return {
          parts: [{ ...requirement, digest, size, ...(facts.placeholder ? { placeholder: true } : {}) }],
        }
      },
    })),
    ...release.imageLists.map((list) => ({
      source: list,
      take: async (fetched: FetchedSource, { store }: LockContext) => {
        const text = decodedText(await store.readBytes(fetched.digest, list.id))
        return { parts: [], images: parseImageList(text, redactUrl(list.url)) }
      },
    })),
  ]
}

async function partsOf(
  source: ExpandedSource,
  requirements: readonly PartRequirement[],
  { fetched, context }: { readonly fetched: FetchedSource; readonly context: LockContext },
): Promise<TakenPart[]> {
  const { store } = context
  const { digest, size } = fetched
  const [only] = requirements
  if (requirements.length === 1 && only !== undefined && only.member === undefined) {
    const placeholder = await isPlaceholderBlob(store, digest)
    return [{ path: only.path, mode: only.mode, digest, size, ...(placeholder ? { placeholder } : {}) }]
  }
  const known = await knownParts(source, requirements, { digest, context })
  return known ?? takeParts(store, { tarball: digest, label: source.id, parts: requirements })
}

/** What the last lock has taken out of the very same download, as far as the store still has it. */
async function knownParts(
  source: ExpandedSource,
  requirements: readonly PartRequirement[],
  { digest, context }: { readonly digest: Digest; readonly context: LockContext },
): Promise<TakenPart[] | undefined> {
  const locked = context.previous?.downloads.find((one) => one.url === source.url && one.digest === digest)
  const parts: TakenPart[] = []
  for (const requirement of requirements) {
    const part = locked?.parts.find(
      (one) => one.member === requirement.member && one.path === requirement.path,
    )
    if (part === undefined || (await context.store.size(part.digest)) !== part.size) return undefined
    parts.push({ ...part, mode: requirement.mode })
  }
  return parts
}

function asFinding(source: ExpandedSource, caught: unknown): Finding {
  if (!(caught instanceof EdgeliftError) || caught.code !== 'SOURCE_NOT_FOUND') throw caught
  return error('FILE_UNPUBLISHED', source.id, {
    en: `it is declared and not published: ${caught.because?.en ?? caught.what.en}`,
    zh: `已声明但上游没有发布：${caught.because?.zh ?? caught.what.zh}`,
  })
}
