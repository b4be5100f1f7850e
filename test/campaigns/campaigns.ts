import type { Campaign } from './campaign.ts'
import { crash } from './crash/crash.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { load } from './load/load.ts'
import { network } from './network/network.ts'
import { nodePower, nodes } from './nodes/nodes.ts'
import { upgradePower } from './nodes/upgrade-power.ts'
import { power } from './power/power.ts'
import { nodeSecrets } from './secrets/on-nodes.ts'
import { secrets } from './secrets/secrets.ts'
import { tamper } from './tamper/tamper.ts'

/** Every campaign. A new one is added here and appears in the command, the short form and docs/en/reliability.md. */
export const CAMPAIGNS: readonly Campaign[] = [
  network,
  tamper,
  fuzz,
  crash,
  power,
  nodes,
  nodePower,
  upgradePower,
  secrets,
  nodeSecrets,
  load,
]
