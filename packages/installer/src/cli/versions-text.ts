import type { Lang } from '@edgelift/core'
import { skews } from '../kubeedge/skew.ts'
import type { ClusterVersions, SideVersions } from '../kubeedge/versions.ts'
import { skewText } from '../verify/versions-check.ts'

const LABELS = { en: ['versions', 'cloud', ': '], zh: ['版本', '云端', '：'] } as const

/** Lines of a status: what runs where, and what a difference means. */
export function versionsText(versions: ClusterVersions, lang: Lang): string[] {
  const [title, cloud, colon] = LABELS[lang]
  const sides = [{ name: cloud, ...versions.cloud }, ...versions.edges]
  return [
    `${title}${colon}`.trimEnd(),
    ...sides.map((side) => `  ${side.name}${colon}${sideText(side)}`),
    ...skews(versions).map((skew) => `  ${skewText(skew)[lang]}`),
  ]
}

function sideText({ kubeedge, edgemesh, kubernetes }: SideVersions): string {
  return [
    ...(kubeedge === undefined ? [] : [`KubeEdge ${kubeedge}`]),
    ...(edgemesh === undefined ? [] : [`EdgeMesh ${edgemesh}`]),
    ...(kubernetes === undefined ? [] : [`Kubernetes ${kubernetes}`]),
  ].join(', ')
}
