import { EXIT } from '@edgelift/core'
import { type CertificateEnd, certificateEnds, stageOf } from '../inspect/certificates.ts'
import { notInstalled } from '../inspect/installation.ts'
import { renewalSteps } from '../install/renewal-steps.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { wholeSecond } from '../node/certificate-end.ts'
import { NEW_TOKEN } from '../preflight/token-findings.ts'
import { fail } from '../problem/codes.ts'
import { openHostChanges } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { applySteps } from '../steps/runner.ts'
import { certificateDocument, certificatesText } from './certificates-text.ts'
import { lockNode } from './node-host.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { openRunLog } from './run-log.ts'

export const renew: NodeCommand = async ({ host, directory, manifest }, _args, context) => {
  const { signal } = context
  await using _lock = await lockNode(host)
  const place = { host, directory, manifest }
  const receipt = await readReceipt(host)
  if (receipt === undefined) throw notInstalled()
  const before = await certificateEnds(place, receipt)
  const now = () => host.now()
  if (receipt.role === 'edge' && before.length === 0) throw unreadable()
  if (receipt.role === 'edge' && before.some(({ ends }) => ends <= now())) throw expired(before)
  const began = now()
  const log = await openRunLog(host, 'renew', context)
  const { report } = log
  const steps = await renewalSteps(place, receipt)
  const changes = await openHostChanges(host, receipt)
  const joinToken = () => Promise.reject(new Error('no renewal takes a token'))
  await log.during(() => applySteps(steps, { ...place, changes, report, signal, joinToken }))
  const after = await certificateEnds(place, receipt)
  const renewed = after.filter((one) => isRenewed(one, before, began)).map(({ name }) => name)
  const isLeft = after.some((end) => stageOf(end, now()) !== undefined)
  return {
    exit: isLeft ? EXIT.failed : EXIT.done,
    document: {
      changed: renewed.length > 0,
      renewed,
      certificates: after.map((end) => certificateDocument(end, now())),
      log: log.file,
    },
    text: (lang, paint) =>
      [
        renewed.length > 0
          ? { en: `Renewed: ${renewed.join(', ')}`, zh: `已续签：${renewed.join('、')}` }[lang]
          : { en: 'No certificate was renewed.', zh: '没有续签证书。' }[lang],
        ...certificatesText(after, now(), lang, paint),
      ].join('\n'),
  }
}

export const renewCommand = onNode(renew)

/** One that could not be read before, as the API did not respond, was renewed if it was issued during this run. */
function isRenewed(
  { name, begins = 0, ends }: CertificateEnd,
  before: readonly CertificateEnd[],
  began: number,
): boolean {
  const old = before.find((one) => one.name === name)
  if (name === 'join-token') return false
  return old === undefined ? begins >= wholeSecond(began) : ends > old.ends
}

/** EdgeCore renews with the certificate that it has; CloudCore refuses one that has expired. */
function expired(ends: readonly CertificateEnd[]): Error {
  const at = ends.map((end) => new Date(end.ends).toISOString()).join(', ')
  return fail('CERTIFICATE_OVER', {
    what: { en: `EdgeCore's certificate expired at ${at}`, zh: `EdgeCore 证书已于 ${at} 过期` },
    because: {
      en: 'CloudCore renews only certificates that are still valid; this node needs a join token to get a new one',
      zh: 'CloudCore 只续签未过期的证书；本节点需凭接入令牌（token）重新获取证书',
    },
    fix: NEW_TOKEN,
  })
}

function unreadable(): Error {
  return fail('CERTIFICATE_OVER', {
    what: {
      en: `EdgeCore's certificate (${EDGE_CERTIFICATE}) is missing or damaged`,
      zh: `EdgeCore 证书（${EDGE_CERTIFICATE}）缺失或已损坏`,
    },
    because: {
      en: 'EdgeCore renews it with the certificate that it has; this node needs a join token to get a new one',
      zh: 'EdgeCore 凭现有证书续签；本节点需凭接入令牌（token）重新获取证书',
    },
    fix: NEW_TOKEN,
  })
}
