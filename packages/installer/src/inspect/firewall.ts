import type { Facts, Firewall, Unread } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { look, type Question, type Seen, unreadable } from '../node/look.ts'
import { NOT_IN_KERNEL } from '../node/netfilter.ts'

interface Guard {
  readonly name: Firewall
  readonly question: Question
  /** Whether it filters what comes in; undefined where the words do not say. */
  readonly filters: (text: string) => boolean | undefined
}

const ask = (...command: Question['command']): Question => ({ part: 'firewall', command })

/** The services that manage a firewall, then the chains for what comes in, whose policy may be to drop it. */
const GUARDS: readonly Guard[] = [
  {
    name: 'firewalld',
    question: ask('systemctl', 'show', '-p', 'ActiveState', 'firewalld.service'),
    filters: (text) => (text.startsWith('ActiveState=') ? text === 'ActiveState=active' : undefined),
  },
  {
    name: 'ufw',
    question: ask('ufw', 'status'),
    filters: (text) => (text.startsWith('Status: ') ? text.startsWith('Status: active') : undefined),
  },
  {
    name: 'iptables',
    question: ask('iptables', '-S', 'INPUT'),
    filters: (text) => (text.startsWith('-P INPUT ') ? DROPS_REST.test(text) : undefined),
  },
  { name: 'nftables', question: ask('nft', 'list', 'ruleset'), filters: dropsInput },
]

/** The policy, or a last rule for whatever no other has let in, as iptables-services of RHEL has it. */
const DROPS_REST = /^-P INPUT DROP|^-A INPUT -j (DROP|REJECT)\b/m

/** What nft says where the kernel has no nf_tables (nftables src/cache.c). */
const NO_TABLES = /cache initialization failed: (Invalid argument|Protocol not supported)/

/**
 * Which firewall is on. Programs that are not installed filter nothing, nor does what the kernel has not; where one of the
 * others fails, and none is known to be on, it is not known whether any is. Only root is told of rules.
 */
export async function firewallFact(
  host: Host,
  { root, systemd }: Pick<Facts, 'root' | 'systemd'>,
): Promise<Pick<Facts, 'firewall' | 'unread'>> {
  const unread: Unread[] = []
  for (const { name, question, filters } of GUARDS) {
    if (name === 'firewalld' && !systemd) continue
    const seen = await look(host, question)
    const answer = seen.unread === undefined ? filters(seen.text) : undefined
    if (answer === true) return { firewall: name, unread: [] }
    if (answer === undefined && !isAbsent(seen)) unread.push(seen.unread ?? unreadable(question))
  }
  return { firewall: undefined, unread: root ? unread : [] }
}

function isAbsent({ unread }: Seen): boolean {
  if (unread === undefined) return false
  return unread.isMissing || [NOT_IN_KERNEL, NO_TABLES].some((words) => words.test(unread.said.en))
}

/** A rule of nftables for whatever comes, counted and logged or not. */
const NFT_REST =
  /^(counter( packets \d+ bytes \d+)? |log( (prefix "[^"]*"|level \w+|flags [\w ,]+|group \d+))* )*(drop|reject)\b/

/**
 * Whether a ruleset of nftables refuses what no rule has let in: by a chain's policy (`type filter hook input priority 0; policy
 * drop;`), or by its last rule, as in the file that RHEL and Fedora bring.
 */
export function dropsInput(ruleset: string): boolean {
  if (/\bhook input\b[^;}]*;\s*policy drop\b/.test(ruleset)) return true
  return ruleset.split(/^\s*\}\s*$/m).some((chain) => {
    const last = chain.trim().split('\n').at(-1)?.trim() ?? ''
    return /\bhook input\b/.test(chain) && NFT_REST.test(last)
  })
}
