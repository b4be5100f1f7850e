import { EXIT, type Text } from '@edgelift/core'
import { type CommandHandler, formatTable } from '@edgelift/core/cli'
import { readReceipt } from '../state/receipt.ts'
import { problemOf } from '../verify/check.ts'
import { checksOfNode } from '../verify/node-checks.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { nodeHost, requireRoot } from './node-host.ts'

export const verifyCommand: CommandHandler = async (_args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  requireRoot('./edgelift verify')
  const host = nodeHost(context.env)
  const { signal } = context
  const place = { host, directory, manifest }
  const { edgemesh, checks } = await checksOfNode(place, await readReceipt(host), signal)
  const results: {
    readonly id: string
    readonly title: Text
    readonly state: State
    readonly wrong: Text | undefined
  }[] = []
  for (const [index, check] of checks.entries()) {
    signal.throwIfAborted()
    context.report({
      type: 'phase',
      id: check.id,
      title: check.title,
      number: index + 1,
      count: checks.length,
    })
    const left = check.edgemesh && !edgemesh
    const wrong = left ? undefined : await problemOf(check)
    const state = left ? 'not-installed' : wrong === undefined ? 'ok' : 'failed'
    results.push({ id: check.id, title: check.title, state, wrong })
  }
  const ok = results.every(({ state }) => state !== 'failed')
  return {
    exit: ok ? EXIT.done : EXIT.failed,
    document: {
      ok,
      checks: results.map(({ id, title, state, wrong }) => ({
        id,
        title: title.en,
        state,
        ok: state !== 'failed',
        ...(wrong ? { problem: wrong.en } : {}),
      })),
    },
    text: (lang, paint) =>
      formatTable(
        results.map(({ id, title, state, wrong }) => [
          id,
          (state === 'failed' ? paint.red : paint.green)(STATES[state][lang]),
          wrong === undefined ? title[lang] : `${title[lang]}: ${wrong[lang]}`,
        ]),
      ),
  }
}

const STATES = {
  ok: { en: 'ok', zh: '通过' },
  failed: { en: 'failed', zh: '失败' },
  'not-installed': { en: 'EdgeMesh is not installed', zh: '未安装 EdgeMesh' },
} as const satisfies Record<string, Text>
type State = keyof typeof STATES
