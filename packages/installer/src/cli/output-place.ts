import path from 'node:path'
import { LEFT_BY_INSTALLATION } from '@edgelift/bundle'
import type { Report, Text } from '@edgelift/core'
import { pathWithin } from '../node/within.ts'

/**
 * Says so where a command's output was put into the archive's directory: the audit, and with it every later installation,
 * refuses what was not packed.
 * @param output a file, or a folder for several
 */
export async function warnOfForeignOutput(directory: string, output: string, report: Report): Promise<void> {
  const place = path.resolve(output)
  const within = await pathWithin(directory, place)
  if (within === undefined || LEFT_BY_INSTALLATION.some((name) => name === within)) return
  report({ type: 'note', level: 'warning', text: foreign(place) })
}

function foreign(output: string): Text {
  return {
    en: `move ${output} elsewhere: ./install.sh refuses files that are not part of the archive`,
    zh: `请将 ${output} 移至其他目录：./install.sh 的校验会拒绝不属于离线包的文件`,
  }
}
