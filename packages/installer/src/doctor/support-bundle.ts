import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  fileErrorWords,
  isErrno,
  makeFolder,
  mustExec,
  namingPath,
  readRegular,
  writeFileAtomic,
} from '@edgelift/core'
import type { Cluster } from '../kube/kubectl.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { sweepBeside } from '../node/copies.ts'
import { ask, type Host, readHostFile } from '../node/host.ts'
import { withoutTokens } from '../node/redact.ts'
import { unitJournal } from '../node/units.ts'
import { JOURNAL } from '../state/journal.ts'
import { RECEIPT } from '../state/receipt.ts'

const UNITS = ['k3s', 'containerd', 'edgecore']
const LOG_LINES = 2000

export interface BundleContents {
  readonly host: Host
  /** The unpacked archive: its PSK is looked for, to be left out. */
  readonly directory: string
  /** On a cloud. */
  readonly cluster: Cluster | undefined
  /** The run logs. */
  readonly logs: readonly string[]
  /** What doctor says, and the facts. */
  readonly documents: Readonly<Record<string, unknown>>
}

/**
 * Writes a support bundle, mode 0600: what helps to understand this node, without tokens, keys and PSK.
 * @throws the file system's errors for a PSK that cannot be read: it could not be left out
 */
export async function writeSupportBundle(file: string, contents: BundleContents): Promise<void> {
  const { host, directory } = contents
  const psk = await pskToLeaveOut(path.join(directory, PSK_FILE))
  const temporary = await mkdtemp(path.join(tmpdir(), 'edgelift-doctor-')) // mode 0700
  try {
    const name = path.basename(file).replace(/\.(tar\.gz|tgz)$/, '')
    const folder = path.join(temporary, 'files', name)
    await makeFolder(folder)
    for (const [entry, text] of Object.entries(await collect(contents)))
      if (text !== undefined && text !== '')
        await writeFile(path.join(folder, entry), withoutSecrets(text, psk)).catch(namingPath(folder))
    const packed = path.join(temporary, 'bundle.tar.gz')
    await mustExec(host.exec, 'tar', ['-czf', packed, '-C', path.join(temporary, 'files'), name])
    await sweepBeside(file)
    await writeFileAtomic(file, await readFile(packed), 0o600)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Empty where there is none. */
async function pskToLeaveOut(file: string): Promise<string> {
  try {
    return String(await readRegular(file)).trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return ''
    throw error
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
    'addresses.txt': await ask(host, 'ip', 'addr'),
    'routes.txt': await ask(host, 'ip', 'route'),
    'iptables.txt': await ask(host, 'iptables-save'),
    'units.txt': await ask(host, 'systemctl', 'list-units', '--all', '--no-pager', '--plain'),
  }
  for (const [name, value] of Object.entries(documents)) files[name] = `${JSON.stringify(value, null, 2)}\n`
  for (const unit of UNITS) files[`${unit}.log`] = await unitJournal(host, `${unit}.service`, LOG_LINES)
  for (const log of logs) files[path.basename(log)] = await textOf(host, log)
  if (cluster !== undefined) {
    files['nodes.txt'] = await tryKubectl(cluster, 'describe', 'nodes')
    files['pods.txt'] = await tryKubectl(cluster, 'get', 'pods', '-A', '-o', 'wide')
    files['events.txt'] = await tryKubectl(cluster, 'get', 'events', '-A', '--sort-by=.lastTimestamp')
  }
  return files
}

/** A file of a machine that may be broken: what keeps it from being read is worth knowing, too. */
function textOf(host: Host, file: string): Promise<string | undefined> {
  return readHostFile(host, file).catch(
    (error: unknown) => `(cannot read ${file}: ${fileErrorWords(error).en})\n`,
  )
}

/** K3s' own tokens: `K10<hash>::<user>:<secret>` (its pkg/clientaccess). */
const K3S_TOKEN = /K10[0-9a-f]{64}::\S+/g
/** A setting of this name, whatever it holds. */
const NAMED = /^(\s*"?(?:token|psk|password)"?\s*[:=]\s*).+$/gim

/** A text without join tokens, K3s' tokens, the PSK, and settings that are named like a secret. Pure. */
export function withoutSecrets(text: string, psk: string): string {
  const plain = withoutTokens(text).replaceAll(K3S_TOKEN, '(token)').replaceAll(NAMED, '$1(secret)')
  return psk === '' ? plain : plain.replaceAll(psk, '(psk)')
}
