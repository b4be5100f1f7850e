import { EXIT, type Text } from '@edgelift/core'
import { type CommandHandler, formatTable } from '@edgelift/core/cli'
import { openBundleDirectory } from '../bundle-directory.ts'
import { K3S, KUBECONFIG } from '../cloud/k3s-files.ts'
import { EDGE_CTR } from '../edge/steps.ts'
import { cloudChecks, edgeChecks } from '../verify/checks.ts'
import { functionalTest } from '../verify/functional.ts'
import { nodeHost } from './node-host.ts'

export const verifyCommand: CommandHandler = async (_args, context) => {
  const { manifest } = await openBundleDirectory(context.env)
  const host = nodeHost(context.env)
  const cluster = { host, kubectl: [K3S, 'kubectl'] as const, kubeconfig: KUBECONFIG }
  const checks =
    manifest.role === 'cloud'
      ? [...cloudChecks(cluster), functionalTest(cluster, manifest.settings.testImage)]
      : edgeChecks(host, manifest, EDGE_CTR)
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
