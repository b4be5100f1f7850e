import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '@edgelift/core'
import { DAY, dayOf, type Validity, validityOf } from '../node/certificate-end.ts'
import { type Host, readHostBytes } from '../node/host.ts'
import { lastError } from '../node/last-words.ts'
import { restartUnit, untilLasting } from '../node/unit-start.ts'
import { unitLogSince } from '../node/units.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { EDGE_CERTIFICATE } from './edgecore-config.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import { isHubConnected } from './hub-connection.ts'
import { isCloudAway } from './join-waits.ts'

export interface EdgecoreCertificateInputs {
  readonly cloudHost: string
  readonly hubPort: number
  /** Days before its end from which on the certificate is renewed. */
  readonly days: number
}

/** EdgeCore renews at a time between 70 and 90 % of a certificate's life, which it chooses at each start. */
const EARLIEST = 0.7
const STARTS = 6
const CONNECTS = 60 // seconds for one start, until EdgeCore is connected: a small or busy machine takes long
const PATIENCE = 10 // seconds from then on
const LASTING = 5 // seconds, within which EdgeCore ends that cannot run with what it has

/**
 * Has EdgeCore renew its certificate, which it does by itself with the one that it has
 * (KubeEdge v1.22.0 edge/pkg/edgehub/certificate/certmanager.go, `rotate`). Restarting it stops no pod. A certificate that
 * has expired is beyond that: the node needs a join token.
 */
export const edgecoreCertificate = defineStep<EdgecoreCertificateInputs>({
  id: 'edgecore-certificate',
  title: { en: "renew EdgeCore's certificate before it expires", zh: '在到期前续签 EdgeCore 证书' },
  check: async ({ host }, inputs) => !isDue(await edgeCertificate(host), inputs, host.now()),
  async apply(run, inputs) {
    const { host, report } = run
    const old = await edgeCertificate(host)
    if (old === undefined) return
    const tell = (text: Text) => report({ type: 'note', level: 'warning', text })
    if (await isCloudAway(inputs)) return tell(away(old, inputs))
    tell({
      en: `EdgeCore's certificate expires on ${dayOf(old.ends)} (${EDGE_CERTIFICATE}): EdgeCore is restarted to renew it; pods keep running`,
      zh: `EdgeCore 证书将于 ${dayOf(old.ends)} 过期（${EDGE_CERTIFICATE}）：重启 EdgeCore 以续签，Pod 不会停止`,
    })
    const start = host.now()
    let seen: Awaited<ReturnType<typeof renewal>> = 'not yet'
    for (let time = 0; time < STARTS && seen === 'not yet'; time += 1) {
      await restartUnit(run, EDGECORE_UNIT)
      seen = await renewal(run, old, inputs)
    }
    await untilLasting(run, EDGECORE_UNIT, { seconds: LASTING })
    if (seen === 'renewed') return
    const words = lastError(await unitLogSince(host, EDGECORE_UNIT, start))
    tell({
      en: `EdgeCore has not renewed it yet${words === undefined ? '' : `: ${words}`}. It does so by itself while it is connected to the cloud`,
      zh: `EdgeCore 尚未续签${words === undefined ? '' : `：${words}`}。与云端保持连接时会自动续签`,
    })
  },
})

export async function edgeCertificate(host: Host): Promise<Validity | undefined> {
  return validityOf(await readHostBytes(host, EDGE_CERTIFICATE).catch(() => undefined))
}

/** Pure. */
export function isDue(
  found: Validity | undefined,
  { days }: Pick<EdgecoreCertificateInputs, 'days'>,
  now: number,
): boolean {
  if (found === undefined || found.ends <= now) return false
  const earliest = found.begins + EARLIEST * (found.ends - found.begins)
  return found.ends - now <= days * DAY && now >= earliest
}

/** What one start of EdgeCore brought: `not yet` may be `renewed` at the next one. */
async function renewal(
  { host, report, signal }: Run,
  old: Validity,
  { hubPort }: EdgecoreCertificateInputs,
): Promise<'renewed' | 'not yet' | 'not connected'> {
  const what = { en: 'EdgeCore renews its certificate', zh: 'EdgeCore 续签证书' }
  let connected: number | undefined
  for (let seconds = 0; isWaitedFor(seconds, connected); seconds += 1) {
    const found = await edgeCertificate(host)
    if (found !== undefined && found.ends > old.ends) return 'renewed'
    if ((await isHubConnected(host, hubPort)) !== false) connected ??= seconds
    report({ type: 'wait', id: 'edgecore-certificate', what, seconds, deadline: CONNECTS + PATIENCE })
    await sleep(1000, undefined, { signal })
  }
  return connected === undefined ? 'not connected' : 'not yet'
}

/** @param connected seconds after its start at which EdgeCore was seen to be connected. Pure. */
export function isWaitedFor(seconds: number, connected: number | undefined): boolean {
  return connected === undefined ? seconds < CONNECTS : seconds - connected < PATIENCE
}

function away({ ends }: Validity, { cloudHost }: EdgecoreCertificateInputs): Text {
  return {
    en: `EdgeCore's certificate expires on ${dayOf(ends)} and cannot be renewed now: the cloud (${cloudHost}) is unreachable`,
    zh: `EdgeCore 证书将于 ${dayOf(ends)} 过期，目前无法续签：云端（${cloudHost}）不可达`,
  }
}
