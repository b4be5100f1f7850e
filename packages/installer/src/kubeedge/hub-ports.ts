import { lookFor } from '../node/pauses.ts'
import { type PortState, portState } from '../node/port-state.ts'

/**
 * Seconds. CloudCore's pod reports ready, and CloudCore then waits for up to ten before it listens (KubeEdge v1.22.0
 * cloud/cmd/cloudcore/app/server.go): an edge that comes right after an upgrade or a renewal of its cloud is not refused.
 */
export const CLOUDCORE_START = 15

/** Whether CloudCore listens there. While the machine refuses, it is asked again, for as long as CloudCore may start. */
export async function hubPortState(
  host: string,
  port: number,
  seconds = CLOUDCORE_START,
): Promise<PortState> {
  const look = async () => {
    const state = await portState(host, port)
    return state === 'refused' ? undefined : state
  }
  return (await lookFor(look, { seconds })) ?? 'refused'
}
