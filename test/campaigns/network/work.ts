import path from 'node:path'
import { createLock, formatLock, loadRelease, lockFileOf, readLock } from '@edgelift/builder'
import { digestOf, EdgeliftError, exec, silent } from '@edgelift/core'
import { DEFAULT_TIMEOUTS, openRegistry, openStore, openTransport, type Timeouts } from '@edgelift/oci'
import { load } from 'js-yaml'
import { z } from 'zod'
import { build } from '../../../packages/builder/src/build.ts'
import { rewriteUrl } from '../../../packages/builder/src/config.ts'
import type { Network } from '../../../packages/builder/src/network.ts'
import { sampleInstaller } from '../../../packages/builder/src/testing/sample.ts'
import type { Upstream } from '../../support/upstream/upstream.ts'
import type { CampaignRelease } from './release.ts'

/** Limits in which a campaign's case meets every deadline within seconds. */
export const HURRIED: Timeouts = {
  ...DEFAULT_TIMEOUTS,
  connect: 1_000,
  headers: 700,
  stall: 400,
  document: 1_000,
  attempts: 4,
  patience: 3_000,
  total: 8_000,
  backoff: 5,
  maxBackoff: 50,
}

export interface Work {
  readonly upstream: Upstream
  readonly folder: string
  readonly timeouts: Timeouts
  readonly release: CampaignRelease
  readonly releaseFile: string
}

const Config = z.object({
  mirrors: z.record(z.string(), z.array(z.string())),
  rewrites: z.record(z.string(), z.string()),
  plainHttp: z.array(z.string()),
})

function networkOf({ upstream, timeouts }: Work): Network {
  const { mirrors, rewrites, plainHttp } = Config.parse(load(upstream.config))
  const transport = openTransport({ plainHttp, timeouts })
  const registry = openRegistry({ transport, plainHttp, mirrors, mirrorsOnly: true })
  return {
    transport,
    registry,
    concurrency: 3,
    locate: (url) => rewriteUrl(url, rewrites),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]()
      await transport[Symbol.asyncDispose]()
    },
  }
}

/** Builds the edge's archive; returns its hash. */
export async function buildOnce(work: Work): Promise<string> {
  const { release } = await loadRelease(work.releaseFile, { folders: [] })
  const { archives } = await build({
    release,
    lock: await readLock(lockFileOf(work.releaseFile), release),
    installer: sampleInstaller,
    roles: ['edge'],
    platforms: ['linux/amd64'],
    out: path.join(work.folder, 'out'),
    store: await openStore(path.join(work.folder, 'store')),
    network: () => networkOf(work),
    program: digestOf('campaign'),
    report: silent,
    signal: new AbortController().signal,
  })
  return archives.map(({ sha256 }) => sha256).join()
}

/** Locks the campaign's release; returns the lock's text. */
export async function lockOnce(work: Work): Promise<string> {
  await using network = networkOf(work)
  const { lock } = await createLock({
    release: work.release.locked,
    subject: 'campaign.yaml',
    store: await openStore(path.join(work.folder, 'store')),
    registry: network.registry,
    transport: network.transport,
    locate: network.locate,
    concurrency: 3,
    report: silent,
    exec,
    previous: undefined,
    hostPlatform: undefined,
  })
  return formatLock(lock)
}

/** How a work ended: what it gave, the code of its error, or what must never happen. */
export async function endOf(
  work: Promise<string>,
  deadline: number,
): Promise<{ result: string } | { code: string } | { broken: string }> {
  const late = new Promise<{ broken: string }>((resolve) => {
    setTimeout(resolve, deadline, { broken: `not ended after ${deadline / 1000} s` }).unref()
  })
  const end = work.then(
    (result) => ({ result }),
    (error: unknown) =>
      error instanceof EdgeliftError && error.code !== 'INTERNAL'
        ? { code: error.code }
        : { broken: `an internal error: ${error instanceof Error ? error.stack : String(error)}` },
  )
  return Promise.race([end, late])
}
