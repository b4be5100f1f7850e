import path from 'node:path'
import { CONTAINERD_UNIT_FILE, EDGECORE_UNIT_FILE } from '../containerd/files.ts'
import { K3S_UNIT_FILE } from '../k3s/files.ts'
import { K3S_FOLDERS, K3S_TREES } from '../k3s/remove.ts'
import { CONTAINERD_TREES, EDGE_FOLDERS, EDGECORE_TREES } from '../kubeedge/edge-remove.ts'
import { type Host, readHostFile } from '../node/host.ts'
import type { FreshReceipt } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import type { Step } from '../steps/step.ts'

/** How units of ours call themselves. */
const SIGN = '(edgelift)'

/** Which of a role's units are there and of ours: by one of them an installation is known. */
export async function unitsOfOurs(host: Host, role: Receipt['role']): Promise<string[]> {
  const files = role === 'cloud' ? [K3S_UNIT_FILE] : [EDGECORE_UNIT_FILE, CONTAINERD_UNIT_FILE]
  const units = files.map((unit) => unit.to)
  const texts = await Promise.all(units.map((unit) => readHostFile(host, unit)))
  return units.filter((_unit, index) => texts[index]?.includes(SIGN))
}

/**
 * The receipt of an installation whose own has been deleted: what is on the host as the steps lay it down counts as
 * theirs, and what was there before is not known any more. Undefined where there is no installation.
 */
export async function lostReceipt(
  host: Host,
  fresh: FreshReceipt,
  steps: readonly Step[],
): Promise<Receipt | undefined> {
  const units = await unitsOfOurs(host, fresh.role)
  if (units.length === 0) return undefined
  const files: string[] = []
  for (const step of steps) files.push(...((await step.ours?.()) ?? []))
  const bundled = units.includes(CONTAINERD_UNIT_FILE.to) ? CONTAINERD_TREES : []
  const trees = fresh.role === 'cloud' ? K3S_TREES : [...EDGECORE_TREES, ...bundled]
  const folders = fresh.role === 'cloud' ? K3S_FOLDERS : EDGE_FOLDERS
  return {
    format: 'edgelift/receipt/v1',
    ...fresh,
    claims: files.map((file) => ({ path: file })),
    folders: [...new Set([...trees, ...folders].flatMap(parentsOf)), ...folders],
    trees: trees.map((tree) => ({ path: tree })),
    before: { settings: {}, chains: [], links: [], namespaces: [], containers: [] },
  }
}

/** The folders above one, the topmost first: those that others use are not empty, and stay. */
function parentsOf(folder: string): string[] {
  const parent = path.posix.dirname(folder)
  return parent === '/' ? [] : [...parentsOf(parent), parent]
}
