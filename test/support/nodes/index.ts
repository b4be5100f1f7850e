export { sweep } from './lab.ts'
export type { NodeState, StateKind } from './node-state.ts'
export { airGappedNode, airGappedPair } from './pair.ts'
export { emulatedEdgePair, qemuNode, qemuPair } from './qemu.ts'
export { diffStates, type StateChange } from './snapshot.ts'
export type {
  EgressAttempt,
  NodeExecOptions,
  NodeExecResult,
  NodeImage,
  NodeOptions,
  Pair,
  RunningCommand,
  Single,
  TestNode,
} from './types.ts'
