import type { Text } from '@edgelift/core'
import { K3S_CLUSTER } from '../kube/access.ts'
import { apiResponds } from '../kube/kubectl.ts'
import { DAY, dayOf } from '../node/certificate-end.ts'
import { isThere } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { restartUnit, untilLasting } from '../node/unit-start.ts'
import { mustKnowActive, unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { moveAway } from '../state/written.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { type CertificateFile, k3sCertificate } from './certificates.ts'
import { damagedFiles, writtenWith } from './damaged-files.ts'
import { K3S_UNIT } from './files.ts'
import { beginAgain, isTokenLost } from './lost-token.ts'
import { isNodeReady } from './node-ready.ts'

export interface K3sCertificatesInputs {
  /** Days before their end from which on certificates are renewed. */
  readonly days: number
  /** This K3s' node; null where the receipt does not name it: then the API alone has to respond. */
  readonly nodeName: string | null
}

/** Restarts a K3s whose certificates end soon, have ended or are damaged: that renews them, and pods keep running. */
export const k3sCertificates = defineStep<K3sCertificatesInputs>({
  id: 'k3s-certificates',
  title: { en: "renew K3s' certificates before they expire", zh: '在到期前续签 K3s 证书' },
  // One that does not run renews them when it is started.
  check: async (run, inputs) =>
    (await damagedFiles(run.host)).length === 0 &&
    !(await isTokenLost(run.host)) &&
    ((await due(run, inputs)) === undefined || !(await mustKnowActive(run.host, K3S_UNIT))),
  async apply(run, inputs) {
    const { host, report } = run
    await setAside(run, await damagedFiles(host))
    if (await isTokenLost(host)) await beginAgain(run)
    if (!(await mustKnowActive(host, K3S_UNIT))) return
    const ending = await due(run, inputs)
    if (ending !== undefined)
      report({ type: 'note', level: 'warning', text: renewing(ending, ending.ends <= host.now()) })
    await restartUnit(run, K3S_UNIT)
    await waitUntil({
      ...run,
      services: { host, units: [K3S_UNIT] },
      id: 'k3s-certificates',
      what: { en: 'K3s has renewed its certificates', zh: 'K3s 续签证书' },
      deadline: 240,
      look: async () => {
        const old = await due(run, inputs)
        if (old !== undefined) return { en: `${old.file} is still the old one`, zh: `${old.file} 尚未更新` }
        return (
          (await isUp(run, inputs)) || {
            en: 'the API does not respond yet, or the kubelet has not reported',
            zh: 'API 尚无响应，或 kubelet 尚未上报',
          }
        )
      },
      words: unitWords(host, K3S_UNIT),
      fix: { en: 'see journalctl -u k3s', zh: '查看 journalctl -u k3s' },
    })
    if (inputs.nodeName === null) await untilLasting(run, K3S_UNIT, { seconds: LASTING })
  },
})

function renewing({ file, ends }: CertificateFile, isOver: boolean): Text {
  const day = dayOf(ends)
  return {
    en: `K3s' certificates ${isOver ? 'expired' : 'expire'} on ${day} (${file}): K3s is restarted to renew them; pods keep running`,
    zh: `K3s 证书${isOver ? '已于' : '将于'} ${day} 过期（${file}）：重启 K3s 以续签，Pod 不会停止`,
  }
}

/** K3s makes another one of each, or takes it from its datastore. */
async function setAside({ host, report }: Run, damaged: readonly string[]): Promise<void> {
  for (const file of damaged) {
    const place = await moveAway(host, file)
    const besides = writtenWith(file)
    if (besides !== undefined && (await isThere(onHost(host, besides)))) await moveAway(host, besides)
    const text = {
      en: `${file} is damaged, as a power loss leaves it: K3s writes it again; the damaged one is kept as ${place}`,
      zh: `${file} 已损坏（断电可能导致）：K3s 将重新写入；损坏的文件保存为 ${place}`,
    }
    report({ type: 'note', level: 'warning', text })
  }
}

/** Seconds. The API by itself also responds for a moment of a K3s that exits again and again. */
const LASTING = 10

function isUp({ host }: Run, { nodeName }: K3sCertificatesInputs): Promise<boolean> {
  return nodeName === null ? apiResponds({ host, ...K3S_CLUSTER }) : isNodeReady(host, nodeName)
}

async function due(
  { host }: Pick<Run, 'host'>,
  { days }: Pick<K3sCertificatesInputs, 'days'>,
): Promise<CertificateFile | undefined> {
  const first = await k3sCertificate(host)
  return first !== undefined && first.ends - host.now() <= days * DAY ? first : undefined
}
