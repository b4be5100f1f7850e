import { EXIT, type Lang, type Text } from '@edgelift/core'
import { formatTable } from '@edgelift/core/cli'
import { isPresent, notInstalled } from '../inspect/installation.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { type Outcome, outcomeOf } from '../verify/check.ts'
import { checksOfNode } from '../verify/node-checks.ts'
import { type NodeCommand, onNode } from './on-node.ts'

export const verify: NodeCommand = async ({ host, directory, manifest }, _args, context) => {
  const { signal } = context
  const place = { host, directory, manifest }
  const receipt = await readReceipt(host)
  if (receipt === undefined && !(await isPresent(host, manifest.role))) throw notInstalled()
  const { edgemesh, checks } = await checksOfNode(place, receipt, context)
  const results: Result[] = []
  for (const [index, check] of checks.entries()) {
    signal.throwIfAborted()
    context.report({
      type: 'phase',
      id: check.id,
      title: check.title,
      number: index + 1,
      count: checks.length,
    })
    const outcome = check.edgemesh && !edgemesh ? NO_EDGEMESH : await outcomeOf(check)
    results.push({ id: check.id, title: check.title, ...outcome })
  }
  const ok = results.every(({ state }) => state !== 'failed')
  return {
    exit: ok ? EXIT.done : EXIT.failed,
    document: {
      ok,
      checks: results.map((result) => ({
        id: result.id,
        title: result.title.en,
        state: result.state,
        ok: result.state !== 'failed',
        ...(result.state === 'failed' ? { problem: result.why.en, ...explained(result) } : {}),
        ...(result.state === 'skipped' ? { reason: result.why.en } : {}),
      })),
    },
    text: (lang, paint) =>
      formatTable(
        results.flatMap((result) => {
          const colour = {
            ok: paint.green,
            failed: paint.red,
            skipped: paint.yellow,
            'not-installed': paint.green,
          }
          const title = result.title[lang]
          const between = lang === 'zh' ? '：' : ': '
          return [
            [
              result.id,
              colour[result.state](STATES[result.state][lang]),
              'why' in result ? `${title}${between}${result.why[lang]}` : title,
            ],
            ...explanationLines(result, lang).map((line) => ['', '', line]),
          ]
        }),
      ),
  }
}

// Its namespace is removed with kubectl, after an interruption too.
export const verifyCommand = onNode(verify, () => undefined)

type Result = { readonly id: string; readonly title: Text } & (Outcome | typeof NO_EDGEMESH)

function explained({ explanation }: Extract<Outcome, { state: 'failed' }>): object {
  if (explanation === undefined) return {}
  const { code, cause, fix } = explanation
  return { code, cause: cause.en, fix: fix.en }
}

function explanationLines(result: Result, lang: Lang): string[] {
  if (result.state !== 'failed' || result.explanation === undefined) return []
  const { code, cause, fix, words } = result.explanation
  const labels = { en: ['cause: ', 'fix: ', 'log: '], zh: ['原因：', '处理：', '日志：'] } as const
  const [forCause, forFix, forLog] = labels[lang]
  return [
    `${forCause}${cause[lang]}${lang === 'zh' ? `（${code}）` : ` (${code})`}`,
    `${forFix}${fix[lang]}`,
    ...(words === undefined ? [] : [`${forLog}${words}`]),
  ]
}

const NO_EDGEMESH = { state: 'not-installed' } as const

const STATES = {
  ok: { en: 'ok', zh: '通过' },
  failed: { en: 'failed', zh: '失败' },
  skipped: { en: 'skipped', zh: '跳过' },
  'not-installed': { en: 'EdgeMesh is not installed', zh: '未安装 EdgeMesh' },
} as const satisfies Record<string, Text>
