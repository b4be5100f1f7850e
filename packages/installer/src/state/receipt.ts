import { z } from 'zod'
import { Change, isSameChange } from './change.ts'
import { STATE_FOLDER } from './journal.ts'

export const RECEIPT = `${STATE_FOLDER}/receipt.json`

/** What the node had before the first step, as far as the started programs change it. */
const Baseline = z.strictObject({
  /** Values of kernel settings by their sysctl name. */
  kernel: z.record(z.string(), z.string()),
  /** Names of iptables chains. */
  chains: z.array(z.string()),
  /** Network links. */
  links: z.array(z.string()),
  /** Names of network namespaces. */
  namespaces: z.array(z.string()),
  /** Of an existing containerd. Empty since the change `pods` holds them: before the first step it may not run yet. */
  containers: z.array(z.string()),
  /** Mount points. */
  mounts: z.array(z.string()),
})
export type Baseline = z.infer<typeof Baseline>

/** Of a new machine, and where nobody knows any more what was there before. */
export const NOTHING_BEFORE: Baseline = {
  kernel: {},
  chains: [],
  links: [],
  namespaces: [],
  containers: [],
  mounts: [],
}

const StepRecord = z.strictObject({
  stepId: z.string(),
  title: z.strictObject({ en: z.string(), zh: z.string() }),
  /** In the order in which they were made. */
  changes: z.array(Change),
})
export type StepRecord = z.infer<typeof StepRecord>

const Former = z.strictObject({
  bundle: z.string(),
  lock: z.string(),
  images: z.array(z.string()),
  /** The folder of its restorable copy. */
  copy: z.string(),
})
export type Former = z.infer<typeof Former>

/** As they were parsed. Without secrets: files that hold one are named, not read. */
export const KeptSettings = z.looseObject({
  /** Where an edge finds its cloud. */
  cloud: z.object({ host: z.string(), hubPort: z.number() }).optional(),
  taints: z.array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })).optional(),
})
export type KeptSettings = z.infer<typeof KeptSettings>

/** What was installed, and step by step what was changed for it. An uninstall replays it backwards. */
export const Receipt = z.strictObject({
  format: z.literal('edgelift/receipt/v2'),
  bundle: z.string(),
  /** Absent in receipts that were rebuilt or migrated. */
  release: z.strictObject({ name: z.string(), version: z.string() }).optional(),
  /** Of the components; absent in receipts of earlier versions. */
  versions: z.record(z.string(), z.string()).optional(),
  role: z.enum(['cloud', 'edge']),
  lock: z.string(),
  edgelift: z.string(),
  /** The unpacked archive. */
  directory: z.string(),
  /** For later runs; an uninstall does not read them. */
  settings: KeptSettings,
  /** An existing cluster on which KubeEdge alone was installed. */
  kubeEdgeOnly: z.strictObject({ kubeconfig: z.string() }).optional(),
  /** This node in its cluster; of an existing one, the node that CloudCore was put on. */
  node: z.strictObject({ name: z.string().optional(), cloud: z.string().optional() }),
  /** Of a cloud: where edges may still look for it though it is advertised there no more; until a run sees that all have followed. */
  formerAddresses: z.array(z.string()).optional(),
  baseline: Baseline,
  steps: z.array(StepRecord),
  /** Images that were brought here, of this release and of earlier ones; absent in receipts of earlier versions. */
  images: z.array(z.string()).optional(),
  /** The release that this one replaces: until all is through, and for as long as it is kept (`keepPrevious`). */
  former: Former.optional(),
  /** When every step was through for the first time; absent while the installation is not complete. */
  completed: z.string().optional(),
})
export type Receipt = z.infer<typeof Receipt>

/** What an installation writes into its receipt before its first step. */
export type ReceiptHead = Omit<Receipt, 'format' | 'baseline' | 'steps' | 'completed'>

/** Every change of a kind, in the order in which they were made. */
export function changesOf<Kind extends Change['kind']>(
  receipt: Pick<Receipt, 'steps'>,
  kind: Kind,
): Extract<Change, { kind: Kind }>[] {
  return receipt.steps.flatMap(({ changes }) =>
    changes.filter((change): change is Extract<Change, { kind: Kind }> => change.kind === kind),
  )
}

/** Whether a release was wholly installed: this one, or the one that it replaces. */
export function wasComplete({ completed, former }: Pick<Receipt, 'completed' | 'former'>): boolean {
  return completed !== undefined || former !== undefined
}

/** The recorded change that stands for the same thing. */
export function recordedChange(
  { steps }: { readonly steps: readonly StepRecord[] },
  change: Change,
): Change | undefined {
  return steps.flatMap(({ changes }) => changes).find((one) => isSameChange(one, change))
}

export function hasChange(receipt: { readonly steps: readonly StepRecord[] }, change: Change): boolean {
  return recordedChange(receipt, change) !== undefined
}
