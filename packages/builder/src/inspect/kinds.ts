import { type BundleFile, LAUNCHERS, PATHS } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'

/** What the files of an archive are to its reader, in the order in which they are shown. */
export const KINDS = {
  images: { en: 'Container images', zh: '容器镜像' },
  programs: { en: 'Programs', zh: '程序' },
  runtime: { en: 'Installer runtime', zh: '安装程序运行环境' },
  charts: { en: 'Helm charts', zh: 'Helm Chart' },
  objects: { en: 'Kubernetes objects', zh: 'Kubernetes 对象' },
  installer: { en: 'Installer', zh: '安装程序' },
  records: { en: 'Records and texts', zh: '记录与文档' },
} as const satisfies Record<string, Text>
export type Kind = keyof typeof KINDS

const PROGRAMS_OF_OURS: ReadonlySet<string> = new Set([PATHS.installer, ...LAUNCHERS])

/** Told by where a file came from and where it lies. */
export function kindOf(file: Pick<BundleFile, 'path' | 'mode' | 'origin'>): Kind {
  if (file.origin.kind === 'image') return 'images'
  if (file.origin.kind === 'edgelift') return PROGRAMS_OF_OURS.has(file.path) ? 'installer' : 'records'
  if (file.path.startsWith(`${PATHS.runtime}/`)) return 'runtime'
  if (file.path.endsWith('.tgz')) return 'charts'
  if (/\.ya?ml$/.test(file.path)) return 'objects'
  return file.mode === '0755' ? 'programs' : 'records'
}
