import type { NodeState, StateKind } from './node-state.ts'
import type { TestNode } from './types.ts'

export interface StateChange {
  readonly kind: StateKind
  readonly change: 'added' | 'removed'
  readonly line: string
}

/** What a running Debian changes by itself: a comparison that shows it would always differ. */
const RESTLESS: readonly RegExp[] = [
  /^\/(run\/(systemd|udev|log|dbus|sudo|lock|initctl|xtables\.lock|utmp)|var\/log\/(journal|wtmp|btmp|lastlog)|tmp\/systemd-private|var\/tmp\/systemd-private|var\/lib\/systemd|root\/\.bash_history)/,
  /^systemd-(tmpfiles-clean|hostnamed|timedated|udevd|logind|update-utmp|random-seed|journal-flush)/,
  /^\((udev-worker|sd-)/,
  /^(apt-daily|dpkg-db-backup|e2scrub_all|fstrim|man-db|logrotate|run-|session-|user)/,
]

/** Those of the network namespace: on nspawn the others are this machine's, and somebody else may change them. */
const SETTINGS =
  'net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv6.conf.all.forwarding net.ipv4.conf.all.rp_filter net.ipv4.conf.all.route_localnet net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables net.ipv4.ip_local_port_range'

/** One command per kind; each may fail on a node that lacks the program or the file, and then the kind is empty. */
const COMMANDS: Readonly<Record<StateKind, string>> = {
  files: `find / /run /var/lib -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /usr/share \\) -prune -o \\( -type d -printf '%p d %m\\n' -o -printf '%p %y %m %s %l\\n' \\) | sort -u > /dev/shm/state
    find / /run /var/lib -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /usr/share \\) -prune -o -type f -size -1025k -print0 | sort -zu | xargs -0 sha256sum 2>/dev/null | awk '
      FNR == NR { path = substr($0, 67); digest[path] = substr($1, 1, 16); next }
      { split($0, word, " "); print $0 ((word[1] in digest) ? " " digest[word[1]] : "") }' - /dev/shm/state
    rm -f /dev/shm/state`,
  units: `systemctl list-unit-files --no-legend --plain; systemctl list-units --all --no-legend --plain | awk '{ print $1, $3, $4 }'`,
  mounts: `awk '{ print $2, $3, $4 }' /proc/self/mounts`,
  links: `ip -o addr | sed 's/^[0-9]*: //; s/ *valid_lft.*//; s/\\\\//'; ip -o link | awk '{ sub(/@.*|:$/, "", $2); print $2 }'`,
  routes: 'ip route show table all; ip -6 route show table all',
  rules: `for t in iptables-save ip6tables-save; do $t 2>/dev/null | sed "s/^/$t /; s/ \\[[0-9]*:[0-9]*\\]//" | grep -v '# '; done`,
  processes: 'ps -e -o args= | grep -v -e "^ps -e" -e "^sh -c" -e "^grep " -e "^sort" -e "^\\["',
  settings: `sysctl ${SETTINGS} 2>/dev/null`,
}

/**
 * The kernel first probes a new IPv6 address (RFC 4862, section 5.4), and by itself makes other lines of it a second
 * or two later. On a link without its other end the probe never comes to an end: then the lines stay as they are.
 */
const PROBED = `for i in $(seq 50); do [ -z "$(ip -6 addr show up tentative -dadfailed)" ] && break; sleep 0.1; done`

/** Takes stock of a running node; about a second, and up to five more while its addresses are new. */
export async function takeSnapshot(node: Pick<TestNode, 'exec'>): Promise<NodeState> {
  const kinds = Object.keys(COMMANDS) as StateKind[]
  const script = kinds.map((kind) => `echo "=== ${kind}"\n{ ${COMMANDS[kind]}\n}`).join('\n')
  const { stdout } = await node.exec(`${PROBED}\n${script}\ntrue`)
  const state: Record<StateKind, string[]> = {
    files: [],
    units: [],
    mounts: [],
    links: [],
    routes: [],
    rules: [],
    processes: [],
    settings: [],
  }
  let kind: StateKind = 'files'
  for (const line of stdout.split('\n')) {
    const next = kinds.find((each) => line === `=== ${each}`)
    if (next !== undefined) kind = next
    else if (line !== '') state[kind].push(line.trimEnd())
  }
  for (const each of kinds) state[each] = [...new Set(state[each])].sort()
  return state
}

/**
 * What is in one state and not in the other, without what a running Debian changes by itself.
 * @param ignore lines that are expected to differ
 */
export function diffStates(
  before: NodeState,
  after: NodeState,
  ignore: readonly RegExp[] = [],
): StateChange[] {
  const ignored = (line: string) => [...RESTLESS, ...ignore].some((pattern) => pattern.test(line))
  const changes: StateChange[] = []
  for (const kind of Object.keys(before) as StateKind[]) {
    const old = new Set(before[kind])
    const now = new Set(after[kind])
    for (const line of old)
      if (!now.has(line) && !ignored(line)) changes.push({ kind, change: 'removed', line })
    for (const line of now)
      if (!old.has(line) && !ignored(line)) changes.push({ kind, change: 'added', line })
  }
  return changes
}
