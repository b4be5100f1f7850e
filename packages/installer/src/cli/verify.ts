import { EXIT, type Text } from '@edgelift/core'
import { type CommandHandler, formatTable } from '@edgelift/core/cli'
import { answersOfReceipt } from '../answers/of-receipt.ts'
import { openBundleDirectory } from '../bundle-directory.ts'
import { clusterOf } from '../cloud/cluster-access.ts'
import { edgeRuntime } from '../edge/runtime.ts'
import { readReceipt } from '../steps/receipt.ts'
import { cloudChecks, edgeChecks } from '../verify/checks.ts'
import { functionalTest } from '../verify/functional.ts'
import { nodeHost } from './node-host.ts'

export const verifyCommand: CommandHandler = async (_args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  const host = nodeHost(context.env)
  const receipt = await readReceipt(host)
  const answers = receipt && answersOfReceipt(receipt)
  const place = { host, directory, manifest }
  const cluster = await clusterOf(place, receipt?.kubeEdgeOnly)
  const checks =
    manifest.role === 'cloud'
      ? [...cloudChecks(cluster), functionalTest(cluster, manifest.settings.testImage)]
      : edgeChecks(
          host,
          manifest,
          (await edgeRuntime(place, answers?.role === 'edge' ? answers.containerd : 'bundled')).ctr,
        )
  const results: { readonly id: string; readonly title: Text; readonly wrong: Text | undefined }[] = []
  for (const [index, check] of checks.entries()) {
    context.signal.throwIfAborted()
    context.report({
      type: 'phase',
      id: check.id,
      title: check.title,
      number: index + 1,
      count: checks.length,
    })
    results.push({ id: check.id, title: check.title, wrong: await check.run() })
  }
  const ok = results.every(({ wrong }) => wrong === undefined)
  return {
    exit: ok ? EXIT.done : EXIT.failed,
    document: {
      ok,
      checks: results.map(({ id, title, wrong }) => ({
        id,
        title: title.en,
        ok: wrong === undefined,
        ...(wrong ? { problem: wrong.en } : {}),
      })),
    },
    text: (lang, paint) =>
      formatTable(
        results.map(({ id, title, wrong }) => [
          id,
          wrong === undefined ? paint.green('ok') : paint.red(lang === 'zh' ? '失败' : 'failed'),
          wrong === undefined ? title[lang] : `${title[lang]}: ${wrong[lang]}`,
        ]),
      ),
  }
}
