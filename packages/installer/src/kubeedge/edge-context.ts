import type { HostCni } from '../containerd/cni.ts'
import type { EdgeRuntime } from '../containerd/runtime.ts'
import type { EdgeSettings } from '../settings/edge.ts'
import type { StepContext } from '../steps/context.ts'

export interface EdgeContext extends StepContext {
  readonly settings: EdgeSettings
  readonly runtime: EdgeRuntime
  /** The pods' network, where the host's own containerd is used. */
  readonly cni: HostCni | undefined
  /** The join token; only read when the node has no certificate yet. */
  readonly token: () => Promise<string>
}
