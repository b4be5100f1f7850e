/** What a node is made of, as sorted lines by kind; equal lines mean that nothing has changed. */
export interface NodeState {
  /** `path type mode size digest` of every file, folder (no size) and link on its disk and in /run; digests up to 1 MiB. */
  readonly files: readonly string[]
  readonly units: readonly string[]
  readonly mounts: readonly string[]
  readonly links: readonly string[]
  readonly routes: readonly string[]
  /** iptables and ip6tables, without counters. */
  readonly rules: readonly string[]
  readonly processes: readonly string[]
  /** Kernel settings of the network that installers of Kubernetes change. */
  readonly settings: readonly string[]
}

export type StateKind = keyof NodeState
