import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  fileErrorWords,
  makeFolder,
  mustExec,
  namingPath,
  withoutSecrets as withoutKnownSecrets,
  writeFileAtomic,
} from '@edgelift/core'
import type { Cluster } from '../kube/kubectl.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { sweepBeside } from '../node/copies.ts'
import { ask, type Host, readHostFile } from '../node/host.ts'
import { withoutTokens } from '../node/redact.ts'
import { unitJournal } from '../node/units.ts'
import { JOURNAL } from '../state/journal.ts'
import { RECEIPT } from '../state/receipt.ts'
import type { KnownPsk } from './node-secrets.ts'

const UNITS = ['k3s', 'containerd', 'edgecore']
const LOG_LINES = 2000
const PACKING = 120_000 // milliseconds: some megabytes

export interface BundleContents {
  readonly host: Host
  /** Of the node's secrets, which are remembered by now. */
  readonly psk: KnownPsk
  /** On a cloud. */
  readonly cluster: Cluster | undefined
  /** The run logs. */
  readonly logs: readonly string[]
  /** What doctor says, and the facts. */
  readonly documents: Readonly<Record<string, unknown>>
}

/**
 * Writes a support bundle, mode 0600: what helps to understand this node, without its secrets, which
 * {@link rememberNodeSecrets} has read.
 */
export async function writeSupportBundle(file: string, contents: BundleContents): Promise<void> {
  const { host, psk } = contents
  const temporary = await mkdtemp(path.join(tmpdir(), 'edgelift-doctor-')) // mode 0700
  try {
    const name = path.basename(file).replace(/\.(tar\.gz|tgz)$/, '')
    const folder = path.join(temporary, 'files', name)
    await makeFolder(folder)
    for (const [entry, text] of Object.entries(await collect(contents)))
      if (text !== undefined && text !== '')
        await writeFile(path.join(folder, entry), withoutSecrets(text, psk)).catch(namingPath(folder))
    const packed = path.join(temporary, 'bundle.tar.gz')
    const args = ['-czf', packed, '-C', path.join(temporary, 'files'), name]
    await mustExec(host.exec, 'tar', args, { timeout: PACKING })
    await sweepBeside(file)
    await writeFileAtomic(file, await readFile(packed), 0o600)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function collect({
  host,
  cluster,
  logs,
  documents,
}: BundleContents): Promise<Record<string, string | undefined>> {
  const files: Record<string, string | undefined> = {
    'receipt.json': await textOf(host, RECEIPT),
    'journal.jsonl': await textOf(host, JOURNAL),
    'edgecore.yaml': await textOf(host, EDGECORE_CONFIG),
    'resolv.conf': await textOf(host, '/etc/resolv.conf'),
    'addresses.txt': await told(ask(host, 'ip', 'addr')),
    'routes.txt': await told(ask(host, 'ip', 'route')),
    'iptables.txt': await told(ask(host, 'iptables-save')),
    'units.txt': await told(ask(host, 'systemctl', 'list-units', '--all', '--no-pager', '--plain')),
  }
  for (const [name, value] of Object.entries(documents)) files[name] = `${JSON.stringify(value, null, 2)}\n`
  for (const unit of UNITS) files[`${unit}.log`] = await unitJournal(host, `${unit}.service`, LOG_LINES)
  for (const log of logs) files[path.basename(log)] = await textOf(host, log)
  if (cluster !== undefined) {
    files['nodes.txt'] = await told(tryKubectl(cluster, 'describe', 'nodes'))
    files['pods.txt'] = await told(tryKubectl(cluster, 'get', 'pods', '-A', '-o', 'wide'))
    files['events.txt'] = await told(tryKubectl(cluster, 'get', 'events', '-A', '--sort-by=.lastTimestamp'))
  }
  return files
}

/** Whoever reads a bundle has to know silence from an empty list. */
async function told(answer: Promise<string | undefined>): Promise<string> {
  return (await answer) ?? '(no answer: the program is missing, has failed or took too long)\n'
}

/** A file of a machine that may be broken: what keeps it from being read is worth knowing, too. */
function textOf(host: Host, file: string): Promise<string | undefined> {
  return readHostFile(host, file).catch(
    (error: unknown) => `(cannot read ${file}: ${fileErrorWords(error).en})\n`,
  )
}

const NAMES = 'token|psk|password|passwd|client-key-data'
/** A setting of such a name that has a line to itself, whatever it holds. */
const NAMED = new RegExp(String.raw`^(\s*"?(?:${NAMES})"?\s*[:=]\s*).+$`, 'gim')
/** One among other words: `K3S_TOKEN=…`, `\"psk\":\"…\"`, `--token …`. */
const AMONG_OTHERS = new RegExp(
  String.raw`((?:(?<![A-Za-z])(?:${NAMES})\\*["']?\s*[:=]|--(?:${NAMES})\s)\s*\\*["']?)[^\s"'\\,;{}()[\]]+`,
  'gi',
)

/** What a PSK may be that nobody can name: a line that speaks of one, and 32 bytes in base64, as edgelift makes it. */
const MAY_BE_PSK: readonly (readonly [RegExp, string])[] = [
  [/^.*psk.*$/gim, '(left out: it may hold the PSK)'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g, '(secret)'],
]

/**
 * A text without this process' known secrets, without those that are known by their form, and without settings that are named
 * like one.
 * @param psk `unknown`: what may be it is left out
 */
export function withoutSecrets(text: string, psk: KnownPsk): string {
  const plain = withoutTokens(withoutKnownSecrets(text))
    .replaceAll(NAMED, '$1(secret)')
    .replaceAll(AMONG_OTHERS, '$1(secret)')
  if (psk === 'known') return plain
  return MAY_BE_PSK.reduce((clean, [form, sign]) => clean.replaceAll(form, sign), plain)
}
