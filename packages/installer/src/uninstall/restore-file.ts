import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Text } from '@edgelift/core'
import { makeFolder } from '@edgelift/core'
import { copyWhole, isThere, statOf, sweepBeside } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import type { ChangeOf } from '../state/change.ts'
import type { Undoing } from './undoing.ts'

/** Puts the host's own file back, or removes the one that was written where there was none. */
export async function restoreFile(
  { host, told }: Pick<Undoing, 'host' | 'told'>,
  { path: file, backup }: ChangeOf<'file'>,
): Promise<void> {
  const target = onHost(host, file)
  if (backup === undefined) {
    const found = await statOf(target)
    if (found?.isDirectory()) told(notOurs(file))
    else if (found !== undefined) {
      told(removed(file))
      await rm(target, { force: true })
    }
  } else if (await isThere(onHost(host, backup))) {
    await makeFolder(path.dirname(target))
    await copyWhole(onHost(host, backup), target)
    told({ en: `restored ${file}`, zh: `已恢复 ${file}` })
  } else told(lost(file, backup))
  await sweepBeside(target)
}

export function removed(place: string): Text {
  return { en: `removed ${place}`, zh: `已删除 ${place}` }
}

function notOurs(file: string): Text {
  return {
    en: `${file} stays: it is a directory, which edgelift did not create`,
    zh: `${file} 予以保留：它是目录，并非由 edgelift 创建`,
  }
}

function lost(file: string, backup: string): Text {
  return {
    en: `${file} stays as it is: its backup ${backup} is missing`,
    zh: `${file} 保持不变：其备份 ${backup} 已丢失`,
  }
}
