import type { StepContext } from '../steps/context.ts'
import type { HostCni } from './host-cni.ts'
import type { EdgeRuntime } from './runtime.ts'
import type { EdgeSettings } from './settings.ts'

export interface EdgeContext extends StepContext {
  readonly settings: EdgeSettings
  readonly runtime: EdgeRuntime
  /** The pods' network, where the host's own containerd is used. */
  readonly cni: HostCni | undefined
  /** The join token; only read when the node has no certificate yet. */
  readonly token: () => Promise<string>
}
