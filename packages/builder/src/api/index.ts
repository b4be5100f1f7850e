import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EdgeliftError, silent } from '@edgelift/core'
import { type Arguments, asEdgeliftError, type CommandHandler } from '@edgelift/core/cli'
import { buildCommand } from '../cli/commands/build.ts'
import { inspectCommand } from '../cli/commands/inspect.ts'
import { lintCommand } from '../cli/commands/lint.ts'
import { lockCommand } from '../cli/commands/lock.ts'
import { verifyCommand } from '../cli/commands/verify.ts'
import type { Edgelift, WorkOptions } from './contract.ts'

/** Folder of the running program, as for the command line. */
const home = path.dirname(fileURLToPath(import.meta.url))

export const lint: Edgelift['lint'] = (release) => run(lintCommand(home), { release })

export const lock: Edgelift['lock'] = (release, { check, store, config, ...work } = {}) =>
  run(lockCommand(home), { release, check, store, config }, work)

export const build: Edgelift['build'] = (release, options = {}) => {
  const { roles, platforms, out, sign, offline, since, onlyDelta, split, rehash, store, config, ...work } =
    options
  const args = {
    ...{ release, out, sign, offline, since, split, rehash, store, config },
    role: roles?.join(','),
    platform: platforms?.join(','),
    'only-delta': onlyDelta,
  }
  return run(buildCommand(home), args, work)
}

export const verify: Edgelift['verify'] = (archives, { pubkey, layers, ...work } = {}) =>
  run(verifyCommand, { archive: [archives].flat(), pubkey, layers }, work)

export const inspect: Edgelift['inspect'] = (archive, { pubkey, ...work } = {}) =>
  run(inspectCommand, { archive, pubkey }, work)

export const isEdgeliftError: Edgelift['isEdgeliftError'] = (error) => error instanceof EdgeliftError

/** Runs a command as the command line does, and gives its document in the place of printing it. */
async function run<T>(
  handler: CommandHandler,
  args: Arguments,
  { onProgress, signal = new AbortController().signal }: WorkOptions = {},
): Promise<T> {
  const nowhere = { write: () => {} }
  try {
    signal.throwIfAborted()
    const { document } = await handler(args, {
      ...{ lang: 'en', env: process.env, json: true, typed: 'edgelift', quiet: true, verbose: false },
      report: onProgress ?? silent,
      pause: () => () => {},
      signal,
      streams: { stdout: nowhere, stderr: nowhere },
    })
    // The contract is about JSON; `undefined`, errors and maps are not part of it.
    return JSON.parse(JSON.stringify(document)) as T
  } catch (error) {
    signal.throwIfAborted()
    throw asEdgeliftError(error)
  }
}
