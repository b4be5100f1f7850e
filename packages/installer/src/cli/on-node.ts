import type { CommandContext, CommandHandler } from '@edgelift/core/cli'
import type { Host } from '../node/host.ts'
import { type BundleDirectory, openBundleDirectory } from './bundle-directory.ts'
import { nodeHost, requireRoot } from './node-host.ts'

/** What a command works on: this machine, and the archive that its program lies in. */
export interface OnNode extends BundleDirectory {
  readonly host: Host
}

/** A command whose machine and archive are handed to it, as tests do. */
export type NodeCommand = (node: OnNode, ...given: Parameters<CommandHandler>) => ReturnType<CommandHandler>

/**
 * A command of root's, on this very machine.
 * @param signalOf what ends its programs; none for a command that has to take something back after an interruption
 */
export function onNode(
  run: NodeCommand,
  signalOf: (context: CommandContext) => AbortSignal | undefined = ({ signal }) => signal,
): CommandHandler {
  return async (args, context) => {
    const bundle = await openBundleDirectory(context.env)
    requireRoot(context.typed)
    return run({ ...bundle, host: nodeHost(context.env, signalOf(context)) }, args, context)
  }
}
