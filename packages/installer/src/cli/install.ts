import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import { EXIT, type Lang } from '@edgelift/core'
import type { CommandHandler, Paint } from '@edgelift/core/cli'
import { type Answers, loadAnswers } from '../answers/load.ts'
import { openBundleDirectory } from '../bundle-directory.ts'
import { KUBECONFIG } from '../cloud/k3s-files.ts'
import { fail } from '../codes.ts'
import { examine, type InstallRequest, install, planSteps } from '../install.ts'
import type { Finding } from '../preflight/finding.ts'
import { refusal } from '../preflight/preflight.ts'
import { dryLedger } from '../steps/ledger.ts'
import { askYesNo, canAsk } from './ask.ts'
import { isRoot, lockNode, nodeHost } from './node-host.ts'
import { openRunLog } from './run-log.ts'

export const installCommand: CommandHandler = async (args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  const named = typeof args.config === 'string'
  const file = named ? String(args.config) : path.join(directory, PATHS.answers)
  const answers = await loadAnswers({
    role: manifest.role,
    flags: args,
    env: context.env,
    file,
    fileNamed: named,
  })
  const only = args['kubeedge-only'] === true
  if (only && manifest.role !== 'cloud') throw notForEdges()
  const kubeconfig = typeof args.kubeconfig === 'string' ? args.kubeconfig : KUBECONFIG
  const host = nodeHost(context.env, context.signal)
  const isDry = args['dry-run'] === true
  await using _lock = isDry || !isRoot() ? undefined : await lockNode(host)
  const log = await openRunLog(host, 'install', context)
  const request: InstallRequest = {
    host,
    directory,
    manifest,
    answers: args.yes === true || !canAsk(context) ? answers : await askAnswers(answers, context, args),
    kubeEdgeOnly: only ? { kubeconfig } : undefined,
    report: log.report,
    signal: context.signal,
  }
  const { facts, findings } = await examine(request)
  const refused = refusal(findings)
  if (isDry) {
    const plan =
      refused === undefined
        ? (await planSteps(request, facts, dryLedger)).map(({ id, title }) => ({ id, title }))
        : []
    return {
      exit: refused?.exit ?? EXIT.done,
      document: { changed: false, findings, plan },
      text: (lang, paint) =>
        [
          findingsText(findings, lang, paint),
          ...plan.map(({ title }, index) => `${index + 1}. ${title[lang]}`),
        ].join('\n'),
    }
  }
  for (const finding of findings) {
    if (finding.severity !== 'error') log.report({ type: 'note', level: 'warning', text: finding.seen })
  }
  if (refused !== undefined) {
    if (!context.json) context.streams.stderr.write(`${findingsText(findings, context.lang, plainPaint)}\n`)
    throw refused
  }
  const result = await log.during(() => install(request, facts))
  return {
    document: { changed: result.applied.length > 0, ...result, log: log.file },
    text: (lang) => next(manifest.role, { directory, log: log.file }, lang),
  }
}

async function askAnswers(
  answers: Answers,
  context: Parameters<CommandHandler>[1],
  args: Parameters<CommandHandler>[0],
): Promise<Answers> {
  if (answers.role !== 'cloud' || args.edgemesh !== undefined || args['dry-run'] === true) return answers
  const question = {
    en: 'Helm chart found, install EdgeMesh?',
    zh: '检测到 EdgeMesh Helm Chart，是否安装 EdgeMesh?',
  }
  return { ...answers, edgemesh: await askYesNo(context, question, answers.edgemesh) }
}

const plainPaint: Pick<Paint, 'red' | 'yellow' | 'dim'> = {
  red: (text) => text,
  yellow: (text) => text,
  dim: (text) => text,
}

function findingsText(
  findings: readonly Finding[],
  lang: Lang,
  paint: Pick<Paint, 'red' | 'yellow' | 'dim'>,
): string {
  if (findings.length === 0) return lang === 'zh' ? '预检：没有发现问题' : 'preflight: nothing found'
  const colour = { error: paint.red, warning: paint.yellow, note: paint.dim }
  const words = lang === 'zh' ? { matters: '原因', cure: '处理' } : { matters: 'why', cure: 'cure' }
  return findings
    .map(({ severity, code, seen, matters, cure }) =>
      [
        `${colour[severity](`${severity}[${code}]`)}: ${seen[lang]}`,
        `  ${words.matters}: ${matters[lang]}`,
        `  ${words.cure}: ${cure[lang]}`,
      ].join('\n'),
    )
    .join('\n')
}

function next(
  role: 'cloud' | 'edge',
  { directory, log }: { readonly directory: string; readonly log: string },
  lang: Lang,
): string {
  const lines =
    role === 'cloud'
      ? {
          en: [
            'Installed. To join an edge node:',
            '  ./edgelift token --join edge-join.yaml',
            '  copy it with the edge archive, and there: sudo ./install.sh --yes --config edge-join.yaml',
          ],
          zh: [
            '安装完成。加入边缘节点：',
            '  ./edgelift token --join edge-join.yaml',
            '  将其与边缘归档一起复制到边缘节点，然后执行：sudo ./install.sh --yes --config edge-join.yaml',
          ],
        }
      : { en: ['Installed, and joined.'], zh: ['安装完成，已加入集群。'] }
  const units = role === 'cloud' ? '-u k3s' : '-u edgecore -u containerd'
  const tail =
    lang === 'zh'
      ? [`检查：${directory}/edgelift verify`, `日志：${log}；服务日志：journalctl ${units}`]
      : [`Check it: ${directory}/edgelift verify`, `Logs: ${log}; of the services: journalctl ${units}`]
  return [...lines[lang], ...tail].join('\n')
}

function notForEdges(): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: '--kubeedge-only is for the cloud archive', zh: '--kubeedge-only 仅适用于云端归档' },
    cure: { en: 'on an edge node run ./install.sh', zh: '在边缘节点请执行 ./install.sh' },
  })
}
