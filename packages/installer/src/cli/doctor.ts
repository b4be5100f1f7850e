import path from 'node:path'
import { EXIT } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { diagnose } from '../doctor/diagnose.ts'
import { writeSupportBundle } from '../doctor/support-bundle.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { clusterOf } from '../kube/access.ts'
import { readReceipt } from '../state/receipt.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { nodeHost, requireRoot } from './node-host.ts'
import { newestLogs } from './run-log.ts'

/** Runs whose logs go into a support bundle: those that failed, and what was tried after. */
const RUNS = 5

export const doctorCommand: CommandHandler = async (args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  requireRoot('./edgelift doctor')
  const host = nodeHost(context.env, context.signal)
  const place = { host, directory, manifest }
  const receipt = await readReceipt(host)
  const facts = await gatherFacts(host, directory)
  const diagnoses = await diagnose(place, receipt, facts, context.signal)
  const ok = diagnoses.length === 0
  const said = {
    ok,
    archive: manifest.name,
    diagnoses: diagnoses.map(({ code, problem, seen, cause, fix }) => ({
      code,
      problem: problem ?? null,
      seen: seen.en,
      cause: cause.en,
      fix: fix.en,
    })),
  }
  const bundle = typeof args.bundle === 'string' ? path.resolve(args.bundle) : undefined
  if (bundle !== undefined) {
    const cluster = manifest.role === 'cloud' ? await clusterOf(place, receipt?.kubeEdgeOnly) : undefined
    const documents = { 'doctor.json': said, 'facts.json': facts }
    const logs = await newestLogs(host, RUNS)
    await writeSupportBundle(bundle, { host, directory, cluster, logs, documents })
  }
  if (bundle?.startsWith(`${directory}/`))
    context.report({
      type: 'note',
      level: 'warning',
      text: {
        en: `move ${bundle} elsewhere: the audit of ./install.sh refuses files that are no part of the archive`,
        zh: `请将 ${bundle} 移至其他目录：./install.sh 的校验会拒绝不属于归档的文件`,
      },
    })
  return {
    exit: ok ? EXIT.done : EXIT.failed,
    document: { ...said, facts, ...(bundle === undefined ? {} : { bundle }) },
    text: (lang, paint) => {
      const words = lang === 'zh' ? { cause: '原因', fix: '处理' } : { cause: 'cause', fix: 'fix' }
      const memory = `${Math.round(facts.memoryBytes / 2 ** 20)} MiB`
      return [
        `${manifest.name}: ${facts.hostname}, ${facts.distribution}, Linux ${facts.kernel}, ${facts.machine}, ${memory}`,
        ...diagnoses.map(({ code, problem, seen, cause, fix }) =>
          [
            `${paint.red(problem === undefined ? code : `${code} (${problem})`)}: ${seen[lang]}`,
            `  ${words.cause}: ${cause[lang]}`,
            `  ${words.fix}: ${fix[lang]}`,
          ].join('\n'),
        ),
        ...(ok ? [paint.green(lang === 'zh' ? '没有发现问题' : 'nothing is wrong')] : []),
        ...(bundle === undefined ? [] : [lang === 'zh' ? `支持包：${bundle}` : `support bundle: ${bundle}`]),
      ].join('\n')
    },
  }
}
