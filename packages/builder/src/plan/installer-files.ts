import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import { fail } from '../codes.ts'

/** The files of the installer that every archive carries: path in the archive to content. */
export type InstallerFiles = ReadonlyMap<string, Uint8Array>

const LAUNCHERS = [PATHS.launcher, PATHS.install, PATHS.installKubeEdgeOnly, PATHS.cleanup] as const

/**
 * Reads the installer's files from beside the running builder: `installer.mjs` and the folder `launcher/`.
 * @throws INSTALLER_MISSING
 */
export async function readInstallerFiles(folder: string): Promise<InstallerFiles> {
  const sources: [string, string][] = [
    [PATHS.installer, path.join(folder, PATHS.installer)],
    ...LAUNCHERS.map((name): [string, string] => [name, path.join(folder, 'launcher', name)]),
  ]
  const read = sources.map(async ([name, file]): Promise<[string, Uint8Array]> => [name, await readOne(file)])
  return new Map(await Promise.all(read))
}

async function readOne(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw fail(
      'INSTALLER_MISSING',
      {
        what: { en: `${file} is not there`, zh: `${file} 不存在` },
        because: {
          en: 'the builder packs the installer that lies beside it',
          zh: '构建器会打包与其同目录的安装器',
        },
        fix: { en: 'make both with: pnpm bundle', zh: '用 pnpm bundle 重新生成两者' },
      },
      { cause: error },
    )
  }
}
