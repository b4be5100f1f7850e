import { beginningOf } from '@edgelift/core'

/** How Go programs say that they end: logrus (K3s), klog (Kubernetes, KubeEdge), the runtime. */
const FATAL = /\blevel=(fatal|panic)\b|^F\d{4} |\bpanic: |\bFATAL\b|\bfatal error\b/
/** klog's other levels may speak of what failed, too. */
const ERROR = /\blevel=error\b|^E\d{4} |^(?![IW]\d{4} ).*\b(error|failed)\b/i
/**
 * How SQLite says that a database is damaged. Whatever else a service logs then follows from it: K3s' API server ends for want of
 * its datastore, which kine goes on trying to open.
 */
const DAMAGED = /file is not a database|database disk image is malformed/
/** What systemd adds to a unit's journal, and modprobe of ExecStartPre, whose failure is ignored. */
const BESIDES = /^(\S+\.service: |Start(ing|ed) |Stopp(ing|ed) |Failed to start |modprobe: )/
/**
 * Errors that a healthy EdgeCore logs, and those of its kubelet that only follow from a connection that is not there: none is
 * a reason (KubeEdge 1.22.0, seen on running nodes).
 */
const NO_REASON = new RegExp(
  [
    'resType is not pod or configmap or secret or volume',
    'metamanager not supported operation',
    "message context for group doesn't exist",
    'Failed to get system container stats',
    "Object 'Kind' is missing",
    'query meta .* length error',
    'failed to process watch apps: map\\[\\]',
    'Node does not have NodeReady condition',
    'Skipping pod synchronization',
    'Image garbage collection failed once',
    'ContainerStatus from runtime service failed.*NotFound',
    'Failed to (update|ensure) lease',
    '(Error updating|Unable to update) node status',
  ].join('|'),
)
const LONGEST = 300 // characters of a line that is quoted

/** The line with which a service says why it ended: that its database is damaged, else the last fatal one of its log, else the last error. */
export function lastWords(log: string): string | undefined {
  return lineOf(log, DAMAGED) ?? lineOf(log, FATAL) ?? lastError(log)
}

/** Whether words or a log tell of a database that is damaged: no restart mends it. */
export function tellsOfDamage(text: string): boolean {
  return DAMAGED.test(text)
}

/** The last line of a log that reports an error. */
export function lastError(log: string): string | undefined {
  return lineOf(log, ERROR)
}

function lineOf(log: string, pattern: RegExp): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !BESIDES.test(line))
  const found = lines.findLast((line) => pattern.test(line) && !NO_REASON.test(line))
  return found === undefined ? undefined : messageOf(found)
}

/** The message of a line, without time, level and place. */
function messageOf(line: string): string {
  const logrus = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]?.replace(/\\(.)/g, '$1')
  const klog = /^[FEWI]\d{4} [^\]]*\] (.*)$/.exec(line)?.[1]
  const text = (logrus ?? klog ?? line).trim()
  return text.length > LONGEST ? `${beginningOf(text, LONGEST)}…` : text
}
