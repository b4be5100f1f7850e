import type { TestNode } from './nodes/types.ts'
import { type Screen, screenAfter } from './screen.ts'

export interface Typing {
  readonly folder: string
  readonly columns: number
  readonly env: Readonly<Record<string, string>>
  /** What is typed when the screen shows a question. */
  readonly answers?: readonly { readonly question: string; readonly text: string }[]
}

export interface Typed {
  readonly code: number
  readonly screen: Screen
  /** All that the terminal was sent. */
  readonly record: string
}

const SCRIPT = '/tmp/typed.sh'
const RECORD = '/tmp/typed.log'
const KEYS = '/tmp/typed.in'
/** Seconds for which a question is waited for; after them the session is ended. */
const PATIENCE = 120

/**
 * Types command lines one after the other into one shell on a terminal of the node, as root, whom `sudo` has nothing to
 * give to. Questions are answered as they appear. Nothing stays on the node.
 */
export async function typeOn(
  node: TestNode,
  lines: readonly string[],
  { folder, columns, env, answers = [] }: Typing,
): Promise<Typed> {
  await node.writeFile(SCRIPT, ['sudo() { "$@"; }', `cd '${folder}'`, ...lines, ''].join('\n'))
  const asked = answers.map(
    ({ question, text }) => `waited=0; wait_for ${quoted(question)} && printf '%s\\r' ${quoted(text)} >&3`,
  )
  const { code } = await node.exec(
    [
      'bash',
      '-c',
      `rm -f ${RECORD} ${KEYS}; mkfifo ${KEYS}; exec 3<>${KEYS}
script -qfec 'stty cols ${columns} rows 24; exec bash -e ${SCRIPT}' ${RECORD} <${KEYS} >/dev/null 2>&1 3>&- &
session=$!
wait_for() {
  until tail -c 400 ${RECORD} 2>/dev/null | grep -qF -- "$1"; do
    kill -0 $session 2>/dev/null || return 1
    [ $((waited += 1)) -lt ${PATIENCE * 5} ] || { kill $session; return 1; }
    sleep 0.2
  done
}
${asked.join('\n')}
wait $session`,
    ],
    { check: false, env: { ...env, TERM: 'xterm-256color' } },
  )
  const record = await node.readFile(RECORD)
  await node.exec(['rm', SCRIPT, RECORD, KEYS])
  return { code, screen: await screenAfter(record, columns), record }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
