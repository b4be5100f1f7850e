import { z } from 'zod'

const Held = z.strictObject({ path: z.string(), names: z.array(z.string()) })

/**
 * One change of the host or of a cluster: recorded before it is made, so that an uninstall knows of it whatever happens
 * then. Each holds all that taking it back needs; nothing of the archive is asked for.
 */
export const Change = z.discriminatedUnion('kind', [
  /** A file that was written; `backup` is where the host's own is kept, absent where there was none. */
  z.strictObject({ kind: z.literal('file'), path: z.string(), backup: z.string().optional() }),
  /** `from` is where a link of ours led that is being led elsewhere: a run that was cut off may have left it so. */
  z.strictObject({ kind: z.literal('link'), path: z.string(), to: z.string(), from: z.string().optional() }),
  /** A folder that was created, or that programs create beside others: removed when it is empty. */
  z.strictObject({ kind: z.literal('folder'), path: z.string() }),
  /** A folder that programs fill. */
  z.strictObject({
    kind: z.literal('tree'),
    path: z.string(),
    held: z.array(Held).optional(),
    keep: z.array(z.string()).optional(),
  }),
  /** A service that was enabled and started, and the programs that it runs. */
  z.strictObject({ kind: z.literal('unit'), unit: z.string(), programs: z.array(z.string()) }),
  /** A service of the operator that did not run before. */
  z.strictObject({ kind: z.literal('started'), unit: z.string() }),
  /** A service of the operator that reads the files recorded after this: restarted when they are put back. */
  z.strictObject({ kind: z.literal('restart'), unit: z.string() }),
  /** Everything that pods are made of besides files: containers, shims, network namespaces, links, chains, slices. */
  z.strictObject({
    kind: z.literal('pods'),
    /** Of the containerd that runs them. */
    socket: z.string().optional(),
    /** Others use this containerd, too: only containers of pods go, and chains of this CNI network. */
    sharedNetwork: z.string().optional(),
    /** Containers that this containerd had before, of whomever; absent where nobody else uses it. */
    before: z.array(z.string()).optional(),
    /**
     * A kubelet's folder with one for each of its pods: only what belongs to these goes. Where a receipt was rebuilt, which does not
     * know what was before.
     */
    podsIn: z.string().optional(),
    /** Folders in which shims leave sockets. */
    sockets: z.array(z.string()).optional(),
  }),
  /** An image in a containerd that others use, too. */
  z.strictObject({
    kind: z.literal('image'),
    reference: z.string(),
    /** `other`: its name stood for other content, which is kept under another name. */
    was: z.enum(['absent', 'unpinned', 'other']),
    /** Whether that content was pinned. */
    pinned: z.boolean().optional(),
    /** Absent in receipts of the first format. */
    socket: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('object'),
    resource: z.enum([
      'namespace',
      'crd',
      'clusterrole',
      'clusterrolebinding',
      'role',
      'rolebinding',
      'serviceaccount',
      'secret',
      'deployment',
    ]),
    /** Absent for what is cluster-wide. */
    namespace: z.string().optional(),
    name: z.string(),
  }),
  z.strictObject({
    kind: z.literal('label'),
    resource: z.string(),
    namespace: z.string(),
    name: z.string(),
    label: z.string(),
  }),
  z.strictObject({
    kind: z.literal('release'),
    release: z.string(),
    namespace: z.string(),
    /** What its programs create by themselves, and helm does not know of. */
    leaves: z.array(z.strictObject({ resource: z.string(), names: z.array(z.string()) })).optional(),
  }),
  /** Every helm release that edgelift installed: receipts of the first format name none. */
  z.strictObject({ kind: z.literal('all-releases') }),
])
export type Change = z.infer<typeof Change>
export type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>

/** Whether two records stand for the same thing on the host, whatever was there before. */
export function isSameChange(a: Change, b: Change): boolean {
  return keyOf(a) === keyOf(b)
}

function keyOf(change: Change): string {
  switch (change.kind) {
    case 'file':
    case 'link':
    case 'folder':
    case 'tree':
      return `${change.kind} ${change.path}`
    case 'unit':
    case 'started':
    case 'restart':
      return `${change.kind} ${change.unit}`
    case 'image':
      return `image ${change.reference}`
    case 'object':
      return `object ${change.resource} ${change.namespace ?? ''}/${change.name}`
    case 'label':
      return `label ${change.resource} ${change.namespace}/${change.name} ${change.label}`
    case 'release':
      return `release ${change.namespace}/${change.release}`
    case 'pods':
    case 'all-releases':
      return change.kind
  }
}
