import { createHash, X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { isErrno } from '@edgelift/core'
import { edgeCertificate } from '../kubeedge/edgecore-certificate-step.ts'
import { EDGE_CA, EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import type { Facts, UnitState, Unread } from '../node/facts.ts'
import { existsOnHost, type Host, onHost, readHostBytes } from '../node/host.ts'
import { look, type Question, type Seen, unreadable } from '../node/look.ts'
import { RECEIPT } from '../state/receipt.ts'

/** Units that would take the ports or the files of an installation. */
const UNITS = [
  'k3s.service',
  'k3s-agent.service',
  'kubelet.service',
  'containerd.service',
  'docker.service',
  'edgecore.service',
  'cloudcore.service',
] as const

/** Files whose presence tells of an installation that is there already. */
const FILES = [
  RECEIPT,
  EDGE_CERTIFICATE,
  '/usr/local/bin/k3s',
  '/etc/kubernetes/kubelet.conf',
  '/run/containerd/containerd.sock',
] as const

const CNI_FOLDER = '/etc/cni/net.d'

const STATES: Question = {
  part: 'units',
  command: ['systemctl', 'show', '-p', 'Id,LoadState,ActiveState,UnitFileState', ...UNITS],
}

type PresenceFacts = Pick<
  Facts,
  'units' | 'files' | 'cni' | 'joined' | 'joinedCa' | 'certificateEnds' | 'unread'
>

/** What is there already, by whomever. */
export async function presenceFacts(host: Host): Promise<PresenceFacts> {
  const files = Object.fromEntries(
    await Promise.all(
      FILES.map(async (file): Promise<[string, boolean]> => [file, await existsOnHost(host, file)]),
    ),
  )
  const shown = await look(host, STATES)
  const joined = files[EDGE_CERTIFICATE] === true
  return {
    units: parseUnits(shown.unread === undefined ? shown.text : ''),
    files,
    cni: await cniFiles(host),
    joined,
    joinedCa: joined ? await hashOfCertificate(host, EDGE_CA) : undefined,
    certificateEnds: (await edgeCertificate(host))?.ends,
    unread: unreadUnits(shown),
  }
}

/** systemctl has a block for each unit that it is asked for, also for one that is not there. */
function unreadUnits(shown: Seen): readonly Unread[] {
  if (shown.unread !== undefined) return [shown.unread]
  const blocks = shown.text.match(/^LoadState=./gm)?.length ?? 0
  return blocks < UNITS.length ? [unreadable(STATES)] : []
}

async function hashOfCertificate(host: Host, file: string): Promise<string | undefined> {
  try {
    const bytes = await readHostBytes(host, file)
    return bytes && createHash('sha256').update(new X509Certificate(bytes).raw).digest('hex')
  } catch {
    return undefined // not to be read, or no certificate: then there is nothing to compare with
  }
}

/** Blocks of `Key=value` lines, one block for each unit that was asked for (systemctl(1), show). */
export function parseUnits(text: string): Record<string, UnitState> {
  const found = text.split(/\n\n+/).map((block) => new Map(block.split('\n').map((line) => split(line))))
  return Object.fromEntries(
    UNITS.map((unit) => {
      const state = found.find((one) => one.get('Id') === unit)
      if (state === undefined || state.get('LoadState') === 'not-found') return [unit, 'absent']
      if (['active', 'activating', 'reloading'].includes(state.get('ActiveState') ?? ''))
        return [unit, 'active']
      return [unit, state.get('UnitFileState') === 'enabled' ? 'enabled' : 'present']
    }),
  )
}

function split(line: string): [string, string] {
  const at = line.indexOf('=')
  return [line.slice(0, at), line.slice(at + 1)]
}

/** What containerd would read there (go-cni: .conf, .conflist, .json), in its order. */
async function cniFiles(host: Host): Promise<string[]> {
  try {
    const names = await readdir(onHost(host, CNI_FOLDER))
    return names.filter((name) => /\.(conf|conflist|json)$/.test(name)).sort()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw error
  }
}
