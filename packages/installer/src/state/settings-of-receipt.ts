import { parseSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { type KeptSettings, type Receipt, wasComplete } from './receipt.ts'

/** The settings that an installation was made with. */
export function settingsOfReceipt(receipt: Receipt): Settings {
  return parseSettings(receipt.role, saidInReceipt(receipt))
}

/**
 * The same as they are written in `install.yaml`: the receipt keeps them in their parsed form. How a token came is not
 * among them: a later run has nothing to read there. A node that is in the cluster keeps its name, whatever the machine is
 * called by now.
 */
export function saidInReceipt(receipt: Receipt): Record<string, unknown> {
  const { role: _role, tokenFile: _file, cloud, taints, ...rest } = receipt.settings
  const { name } = receipt.node
  const isNamed = name !== undefined && receipt.kubeEdgeOnly === undefined && wasComplete(receipt)
  return {
    ...(isNamed ? { nodeName: name } : {}),
    ...rest,
    ...(cloud === undefined ? {} : { cloud: cloudText(cloud) }),
    ...(taints === undefined ? {} : { taints: taints.map(taintText) }),
  }
}

function cloudText({ host, hubPort }: NonNullable<KeptSettings['cloud']>): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${hubPort}`
}

function taintText({ key, value, effect }: NonNullable<KeptSettings['taints']>[number]): string {
  return `${key}${value === undefined ? '' : `=${value}`}:${effect}`
}
