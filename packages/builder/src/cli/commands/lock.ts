import { PLATFORMS, type PlatformName } from '@edgelift/bundle'
import { checkOutputFile, counted, exec } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { findingJson } from '../../findings.ts'
import { checkLock } from '../../lock/check-lock.ts'
import { createLock } from '../../lock/create-lock.ts'
import { previousLock, writeLock } from '../../lock/lock-file.ts'
import { openNetwork } from '../../network.ts'
import { lockFileOf } from '../../release/load.ts'
import { LockArguments, parseArguments } from '../arguments.ts'
import { findingLines } from '../finding-lines.ts'
import { configOf, findRelease, openStoreOf } from '../settings.ts'

export function lockCommand(home: string): CommandHandler {
  return async (args, context) => {
    const options = parseArguments(LockArguments, args)
    const { subject, release, ...found } = await findRelease(options.release, home)
    const file = lockFileOf(found.file)
    if (!options.check) await checkOutputFile(file, { inputs: [found.file] })
    const config = await configOf(options, context.env)
    const store = await openStoreOf(options, context)
    const previous = options.check ? undefined : await previousLock(file)
    const { env, report, signal } = context
    await using network = openNetwork(config, { env, report, signal })
    const { registry, transport, locate, concurrency } = network
    const work = {
      ...{ release, subject, store, registry, transport, locate, concurrency, report, exec, previous },
      hostPlatform: hostPlatform(),
    }
    const { lock, warnings } = options.check ? await checkLock({ ...work, file }) : await createLock(work)
    if (!options.check) await writeLock(file, lock)
    return {
      document: {
        ...{ release: subject, lock: file, seal: lock.seal, written: !options.check },
        ...{ downloads: lock.downloads.length, images: lock.images.length },
        warnings: warnings.map(findingJson),
      },
      text: (lang, paint) => {
        const counts = `${counted(lock.downloads.length, 'download')}, ${counted(lock.images.length, 'image')}`
        const numbers = `${lock.downloads.length} 个下载，${lock.images.length} 个镜像`
        const words = options.check
          ? { en: `${file}: up to date (${counts})`, zh: `${file}：与上游一致（${numbers}）` }
          : { en: `${file}: written (${counts})`, zh: `${file}：已写入（${numbers}）` }
        return [...findingLines(warnings, lang, paint), words[lang]].join('\n')
      },
    }
  }
}

/** What this machine can run: helm of that platform renders the charts. */
function hostPlatform(): PlatformName | undefined {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return PLATFORMS.find((platform) => platform === `${process.platform}/${arch}`)
}
