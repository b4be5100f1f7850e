import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSecretKey } from '@edgelift/bundle'
import { checkOutputFolder, digestOf } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { signingTime } from '../../assemble/signing.ts'
import { removeParts } from '../../assemble/split-archive.ts'
import { type BuildResult, build } from '../../build.ts'
import { olderArchives } from '../../delta/older.ts'
import { readLock } from '../../lock/lock-file.ts'
import { openNetwork } from '../../network.ts'
import { installerFiles } from '../../plan/installer-files.ts'
import { lockFileOf } from '../../release/load.ts'
import { BuildArguments, parseArguments } from '../arguments.ts'
import { buildText } from '../build-text.ts'
import { configOf, findRelease, openStoreOf } from '../settings.ts'

/** @param installer what the archives carry of the builder's own */
export function buildCommand(home: string, installer = installerFiles): CommandHandler {
  return async (args, context) => {
    const options = parseArguments(BuildArguments, args)
    const { env, signal, report } = context
    const { file, subject, release } = await findRelease(options.release, home)
    const lock = await readLock(lockFileOf(file), release)
    const config = await configOf(options, env)
    await checkOutputFolder(options.out)
    const since = options.since === undefined ? undefined : await olderArchives(options.since, report)
    const signing = options.sign === undefined ? undefined : signingTime(env, Date.now())
    const key = options.sign === undefined ? undefined : await readSecretKey(options.sign)
    const result = await build({
      release,
      lock,
      installer: installer(),
      roles: options.role,
      platforms: options.platform ?? release.platforms,
      out: path.resolve(options.out),
      store: await openStoreOf(options, context),
      rehash: options.rehash,
      network: options.offline ? undefined : (told) => openNetwork(config, { env, report: told, signal }),
      ...(key === undefined || signing === undefined ? {} : { key, signing }),
      ...(since === undefined ? {} : { since }),
      onlyDelta: options['only-delta'],
      ...(options.split === undefined ? {} : { split: options.split }),
      program: digestOf(await readFile(fileURLToPath(import.meta.url))),
      report,
      signal,
    })
    if (options['only-delta']) await removeFull(result)
    return {
      document: { release: subject, lock: lock.seal, ...result },
      text: (lang, paint) => buildText(result, { lang, paint, onlyDelta: options['only-delta'] }),
    }
  }
}

/** Removes the full archives for which a delta was written, and what lies beside them. */
async function removeFull({ archives }: BuildResult): Promise<void> {
  for (const { file, delta } of archives) {
    if (delta === undefined) continue
    for (const suffix of ['', '.sha256', '.minisig']) await rm(`${file}${suffix}`, { force: true })
    await removeParts(file)
  }
}
