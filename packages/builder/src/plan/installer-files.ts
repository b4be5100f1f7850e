import { LAUNCHERS, PATHS } from '@edgelift/bundle'
import { fail } from '../codes.ts'
import { embeddedFile, embeddedFolder } from '../embedded/embedded.ts'

/** The installer, its handbook and texts of licences, which archives carry: path in the archive to content. */
export type InstallerFiles = ReadonlyMap<string, Uint8Array>

/**
 * The installer, its launchers, the handbook and texts of licences, as the builder carries them.
 * @throws INSTALLER_MISSING when the builder runs unbundled
 */
export function installerFiles(): InstallerFiles {
  const sources: [string, string][] = [
    [PATHS.installer, PATHS.installer],
    ...LAUNCHERS.map((name): [string, string] => [name, `launcher/${name}`]),
  ]
  const texts = [PATHS.docs, PATHS.licenses].flatMap((folder) =>
    [...embeddedFolder(folder)].map(([name, text]): [string, string] => [`${folder}/${name}`, text]),
  )
  return new Map([
    ...sources.map(([name, source]): [string, Uint8Array] => [name, contentOf(source)]),
    ...texts.map(([name, text]): [string, Uint8Array] => [name, Buffer.from(text)]),
  ])
}

function contentOf(source: string): Uint8Array {
  const text = embeddedFile(source)
  if (text !== undefined) return new TextEncoder().encode(text)
  throw fail('INSTALLER_MISSING', {
    what: { en: `this builder does not contain ${source}`, zh: `此构建程序未内置 ${source}` },
    because: { en: 'it runs from source, unbundled', zh: '当前直接从源码运行，尚未打包' },
    fix: {
      en: 'run `pnpm bundle`, then `node dist/edgelift.mjs`',
      zh: '执行 pnpm bundle，然后运行 node dist/edgelift.mjs',
    },
  })
}
