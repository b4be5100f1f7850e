import { lastLines, mustExec, type Report, type Text, TIME_IS_UP } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { type Cluster, tryKubectl } from './kubectl.ts'

export interface HelmCall {
  readonly program: string
  readonly args: readonly string[]
  readonly input: string
  readonly release: string
  readonly namespace: string
  readonly report: Report
  /** Clears what a helm that was killed leaves behind: it would refuse to work on. */
  readonly forget: () => Promise<void>
}

/** Seconds for one run of helm, which waits for no pods: seconds as a rule, more on a machine that starts everything else. */
const DEADLINE = 150
/** Seconds of silence before they are mentioned. */
const QUIET = 5

/**
 * Runs a helm that changes a release, and tells while it runs how long it has been silent and how far it has come. It
 * was seen to hang with the API alive, and to succeed at the next try: it is killed at its deadline and run once more.
 * @throws WAIT_EXPIRED when it hangs twice; COMMAND_FAILED with what it printed
 */
export async function runHelm(cluster: Cluster, call: HelmCall, deadline = DEADLINE): Promise<void> {
  for (const isLast of [false, true]) {
    const { result, words, doing } = await watched(cluster, call, deadline)
    if (result.code !== TIME_IS_UP) {
      await mustExec(async () => result, call.program, call.args)
      return
    }
    await call.forget()
    if (isLast) throw hangs(call, deadline, words, doing)
    call.report({ type: 'note', level: 'warning', text: again(call, deadline, doing) })
  }
}

async function watched(cluster: Cluster, call: HelmCall, deadline: number) {
  const { program, args, input, release, report } = call
  const start = performance.now()
  let heard = start
  let words = ''
  let doing: Text = STATES.none
  const tick = async () => {
    const now = performance.now()
    const silent = Math.floor((now - heard) / 1000)
    const seconds = Math.floor((now - start) / 1000)
    report({
      type: 'wait',
      id: `helm-${release}`,
      what: progress(release, doing, words, silent),
      seconds,
      deadline,
    })
    if (silent >= QUIET && silent % QUIET === 0) doing = await stateOf(cluster, call)
  }
  // What the cluster says is for the screen alone: whether it can be asked decides nothing.
  const timer = setInterval(() => void tick().catch(() => undefined), 1000)
  try {
    const result = await cluster.host.exec(program, args, {
      input,
      timeout: deadline * 1000,
      onStderr(text) {
        heard = performance.now()
        words = lastLines(text, 1) || words
      },
    })
    return { result, words, doing }
  } finally {
    clearInterval(timer)
  }
}

/** By the Secret in which helm keeps a release. */
const STATES = {
  none: { en: 'contacts the API', zh: '正在连接 API' },
  pending: { en: 'creates the objects of the chart', zh: '正在创建 chart 中的对象' },
  done: { en: 'has finished its work', zh: '已完成操作' },
} as const satisfies Record<string, Text>

async function stateOf(cluster: Cluster, { release, namespace }: HelmCall): Promise<Text> {
  const output = ['-o', 'jsonpath={.items[*].metadata.labels.status}']
  const selector = ['-l', `owner=helm,name=${release}`]
  const found = await tryKubectl(cluster, '-n', namespace, 'get', 'secrets', ...selector, ...output)
  if (found === undefined)
    return { en: 'contacts the API, which does not respond', zh: '正在连接 API，API 无响应' }
  if (found.includes('pending')) return STATES.pending
  return found.includes('deployed') ? STATES.done : STATES.none
}

function progress(release: string, doing: Text, words: string, silent: number): Text {
  const said = words === '' ? '' : `: ${words}`
  const quiet = {
    en: silent < QUIET ? '' : `, silent for ${silent} s`,
    zh: silent < QUIET ? '' : `，${silent} 秒无输出`,
  }
  return {
    en: `helm ${doing.en} (${release}${quiet.en})${said}`,
    zh: `helm ${doing.zh}（${release}${quiet.zh}）${said}`,
  }
}

function again({ release }: HelmCall, deadline: number, doing: Text): Text {
  return {
    en: `helm hung for ${deadline} s (release ${release}; it ${doing.en}): killed, trying once more`,
    zh: `helm 已卡住 ${deadline} 秒（release ${release}，${doing.zh}）：已终止，重试一次`,
  }
}

function hangs({ release, namespace }: HelmCall, deadline: number, words: string, doing: Text): Error {
  const said =
    words === ''
      ? { en: '; it printed nothing', zh: '；没有任何输出' }
      : { en: `: ${words}`, zh: `：${words}` }
  return fail('WAIT_EXPIRED', {
    what: {
      en: `helm hung twice for ${deadline} s at release ${release}`,
      zh: `helm 安装 release ${release} 时两次卡住 ${deadline} 秒`,
    },
    because: { en: `helm ${doing.en}${said.en}`, zh: `helm ${doing.zh}${said.zh}` },
    fix: {
      en: `check the API server (kubectl get --raw /readyz?verbose) and events in namespace ${namespace}; then run it again`,
      zh: `请检查 API server（kubectl get --raw /readyz?verbose）以及命名空间 ${namespace} 的事件，然后重新运行`,
    },
  })
}
