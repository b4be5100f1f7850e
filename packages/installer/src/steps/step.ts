import type { Text } from '@edgelift/core'
import type { Run } from './run.ts'

/** A place of the node or its cluster that is not as a step leaves it. */
export interface Drift {
  readonly kind: 'file' | 'service' | 'image' | 'values' | 'object'
  /** A path, a unit, an image reference, a helm release (`kubeedge/cloudcore`), or an object (`DaemonSet edgemesh-agent`). */
  readonly place: string
  /** `damaged`: no program can read it, in the words of `fields`. `added`: it contradicts nothing, and stays. `unknown`: the check itself failed, for what `fields` say. */
  readonly state: 'missing' | 'changed' | 'damaged' | 'added' | 'unknown'
  /** Settings or fields that differ; empty where it is the whole. */
  readonly fields: readonly string[]
  /** Of `unknown`: what `fields` say, for people. */
  readonly why?: Text
}

/**
 * One kind of step: what it does with the inputs that a plan gives it. `check` looks at the node itself, never at the
 * journal: whether all that `apply` would do is so already. `apply` may be repeated after it was cut off anywhere, and
 * records every change before it makes it; nothing else is needed to take the step back.
 */
export interface StepKind<Inputs> {
  readonly id: string | ((inputs: Inputs) => string)
  readonly title: Text | ((inputs: Inputs) => Text)
  readonly check: (run: Run, inputs: Inputs) => Promise<boolean>
  /**
   * Which places are not so, one by one. It only reads, like `check`, and leaves out what merely takes its time: a pod
   * that is about to start, a cloud that is away. Absent where `check` says it all.
   */
  readonly drift?: (run: Run, inputs: Inputs) => Promise<readonly Drift[]>
  readonly apply: (run: Run, inputs: Inputs) => Promise<void>
}

/** A step of a plan: data, and the kind that says what is done with them. */
export interface Step {
  readonly id: string
  readonly title: Text
  /** Plain data without secrets: a dry run prints it. */
  readonly inputs: object
  readonly kind: StepKind<never>
}

/** Makes a kind of step into the function with which a plan names it. */
export function defineStep<Inputs extends object>(kind: StepKind<Inputs>): (inputs: Inputs) => Step {
  return (inputs) => ({
    id: typeof kind.id === 'string' ? kind.id : kind.id(inputs),
    title: typeof kind.title === 'function' ? kind.title(inputs) : kind.title,
    inputs,
    kind,
  })
}
