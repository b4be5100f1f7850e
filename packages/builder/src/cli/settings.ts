import path from 'node:path'
import type { CommandContext, Env } from '@edgelift/core/cli'
import { defaultStoreRoot, openStore, type Store } from '@edgelift/oci'
import { type LoadedConfig, loadConfig } from '../config.ts'
import { embeddedFolder } from '../embedded/embedded.ts'
import { type LoadedRelease, loadRelease } from '../release/load.ts'
import { pathVariable, warnOfMistypedVariables } from './variables.ts'

/**
 * A release by its file or name. Names are looked for in `manifests/` of the working directory and beside the program's
 * folder, then among the releases that the builder carries.
 * @param home folder of the running program
 */
export function findRelease(name: string, home: string): Promise<LoadedRelease> {
  const folders = ['manifests', path.join(path.dirname(home), 'manifests')]
  return loadRelease(name, { folders, carried: embeddedFolder('manifests') })
}

/** `--store`, else `EDGELIFT_STORE`, else the default. */
export function openStoreOf(args: { store?: string | undefined }, context: CommandContext): Promise<Store> {
  const { env, report } = context
  warnOfMistypedVariables(env, report)
  return openStore(args.store ?? pathVariable('EDGELIFT_STORE', env) ?? defaultStoreRoot(env), report)
}

/** `--config`, else `EDGELIFT_CONFIG`, else `edgelift.config.yaml` here, else the defaults. */
export function configOf(args: { config?: string | undefined }, env: Env): Promise<LoadedConfig> {
  return loadConfig(args.config ?? pathVariable('EDGELIFT_CONFIG', env))
}
