import path from 'node:path'
import { checkOutputFile, EXIT, type Lang, type Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import { diagnose } from '../doctor/diagnose.ts'
import type { Diagnosis } from '../doctor/diagnosis.ts'
import { type KnownPsk, rememberNodeSecrets } from '../doctor/node-secrets.ts'
import { writeSupportBundle } from '../doctor/support-bundle.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { installedSteps } from '../install/installed-steps.ts'
import { clusterOf } from '../kube/access.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { warnOfForeignOutput } from './output-place.ts'
import { newestLogs } from './run-log.ts'

/** Runs whose logs go into a support bundle: those that failed, and what was tried after. */
const RUNS = 5

export const doctor: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  const place = { host, directory, manifest }
  if (typeof args.bundle === 'string') await checkOutputFile(args.bundle)
  const receipt = await readReceipt(host)
  const cluster = manifest.role === 'cloud' ? await clusterOf(place, receipt?.kubeEdgeOnly) : undefined
  const secrets = { host, directory, receipt, cluster }
  const psk = args.bundle === undefined ? await known(secrets) : await rememberNodeSecrets(secrets)
  const facts = await gatherFacts(host, directory, receipt)
  const installed = receipt && (await installedSteps(place, receipt, facts))
  const diagnoses = await diagnose(place, receipt, facts, { ...context, installed })
  // What somebody added and keeps is told, and is no fault.
  const ok = diagnoses.every(({ drift }) => drift?.state === 'added')
  const said = {
    ok,
    archive: manifest.name,
    diagnoses: diagnoses.map(
      ({ code, problem, severity = 'error', seen, cause, fix, words, drift, consequenceOf }) => ({
        code,
        severity,
        problem: problem ?? null,
        seen: seen.en,
        cause: cause.en,
        fix: fix.en,
        ...(words === undefined ? {} : { words }),
        ...drift,
        ...(consequenceOf === undefined ? {} : { consequenceOf }),
      }),
    ),
  }
  const bundle = typeof args.bundle === 'string' ? path.resolve(args.bundle) : undefined
  if (bundle !== undefined) {
    const documents = { 'doctor.json': said, 'facts.json': facts }
    const logs = await newestLogs(host, RUNS)
    await writeSupportBundle(bundle, { host, psk, cluster, logs, documents })
    if (psk === 'unknown') context.report({ type: 'note', level: 'warning', text: PSK_UNKNOWN })
  }
  if (bundle !== undefined) await warnOfForeignOutput(directory, bundle, context.report)
  if (receipt?.completed !== undefined && receipt.lock !== manifest.lock)
    context.report({ type: 'note', level: 'info', text: notCompared(receipt) })
  return {
    exit: ok ? EXIT.done : EXIT.failed,
    document: { ...said, facts, ...(bundle === undefined ? {} : { bundle }) },
    text: (lang, paint) => {
      const named =
        bundle === undefined ? [] : [lang === 'zh' ? `诊断包：${bundle}` : `support bundle: ${bundle}`]
      if (receipt === undefined) return [NOTHING_HERE[lang], ...named].join('\n')
      const memory = `${Math.round(facts.memoryBytes / 2 ** 20)} MiB`
      return [
        `${manifest.name}: ${facts.hostname}, ${facts.distribution}, Linux ${facts.kernel}, ${facts.machine}, ${memory}`,
        ...diagnoses.map((one) => diagnosisText(one, lang, paint)),
        ...(ok ? [paint.green(lang === 'zh' ? '没有发现问题' : 'nothing is wrong')] : []),
        ...named,
      ].join('\n')
    },
  }
}

/** Without a bundle nothing of what is shown is known to hold a secret: one that cannot be read stops nothing. */
function known(secrets: Parameters<typeof rememberNodeSecrets>[0]): Promise<KnownPsk> {
  return rememberNodeSecrets(secrets).catch(() => 'unknown')
}

const PSK_UNKNOWN: Text = {
  en: 'the PSK in force could not be read, as the API does not respond: lines that may hold it are left out of the support bundle',
  zh: 'API 无响应，无法读取生效的 PSK：诊断包中省略了可能包含 PSK 的行',
}

/** Only the archive that was installed tells what it left. */
function notCompared({ bundle, directory }: Receipt): Text {
  return {
    en: `${bundle} is installed: what was changed since is checked only by ./edgelift doctor in ${directory}`,
    zh: `已安装的是 ${bundle}：安装后的改动只能在 ${directory} 中用 ./edgelift doctor 检查`,
  }
}

export const doctorCommand = onNode(doctor)

const NOTHING_HERE = {
  en: 'Nothing is installed on this machine yet: run ./install.sh.',
  zh: '本机尚未安装：请执行 ./install.sh。',
} as const satisfies Text

const LABELS = {
  en: { cause: 'cause', fix: 'fix', words: 'log', follows: 'follows from', colon: ': ' },
  zh: { cause: '原因', fix: '处理', words: '日志', follows: '由以下问题引起', colon: '：' },
}

function diagnosisText(
  { code, problem, severity, seen, cause, fix, words, consequenceOf }: Diagnosis,
  lang: Lang,
  paint: Pick<Paint, 'red' | 'yellow' | 'dim'>,
): string {
  const label = LABELS[lang]
  const name = problem === undefined ? code : `${code} (${problem})`
  if (consequenceOf !== undefined)
    return [
      paint.dim(`${name}${label.colon}${seen[lang]}`),
      paint.dim(`  ${label.follows}${label.colon}${consequenceOf}`),
    ].join('\n')
  return [
    `${severity === 'note' || severity === 'warning' ? paint.yellow(name) : paint.red(name)}${label.colon}${seen[lang]}`,
    `  ${label.cause}${label.colon}${cause[lang]}`,
    `  ${label.fix}${label.colon}${fix[lang]}`,
    ...(words === undefined ? [] : [paint.dim(`  ${label.words}${label.colon}${words}`)]),
  ].join('\n')
}
