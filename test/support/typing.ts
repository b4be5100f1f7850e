import type { TestNode } from './nodes/types.ts'
import { type Screen, screenAfter } from './screen.ts'

export interface Typing {
  readonly folder: string
  readonly columns: number
  readonly env: Readonly<Record<string, string>>
  /** What is typed when the screen shows a question. */
  readonly answers?: readonly { readonly question: string; readonly text: string }[]
}

const SCRIPT = '/tmp/typed.sh'
const RECORD = '/tmp/typed.log'

/**
 * Types command lines one after the other into one shell on a terminal of the node, as root, whom `sudo` has nothing to
 * give to. Questions are answered as they appear.
 */
export async function typeOn(
  node: TestNode,
  lines: readonly string[],
  { folder, columns, env, answers = [] }: Typing,
): Promise<{ readonly code: number; readonly screen: Screen }> {
  await node.writeFile(SCRIPT, ['sudo() { "$@"; }', `cd '${folder}'`, ...lines, ''].join('\n'))
  const asked = answers.map(
    ({ question, text }) => `wait_for ${quoted(question)} || true; printf '%s\\r' ${quoted(text)} >&3`,
  )
  const { code } = await node.exec(
    [
      'bash',
      '-c',
      `rm -f ${RECORD} /tmp/typed.in; mkfifo /tmp/typed.in; exec 3<>/tmp/typed.in
script -qfec 'stty cols ${columns} rows 24; exec bash -e ${SCRIPT}' ${RECORD} </tmp/typed.in >/dev/null 2>&1 3>&- &
session=$!
wait_for() { until tail -c 400 ${RECORD} 2>/dev/null | grep -qF -- "$1"; do kill -0 $session 2>/dev/null || return 1; sleep 0.2; done; }
${asked.join('\n')}
wait $session`,
    ],
    { check: false, env: { ...env, TERM: 'xterm-256color' } },
  )
  return { code, screen: await screenAfter(await node.readFile(RECORD), columns) }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
