import { joinTexts, type Report, type Text } from '@edgelift/core'
import { type Skew, skews } from '../kubeedge/skew.ts'
import type { ClusterVersions } from '../kubeedge/versions.ts'
import type { Check } from './check.ts'

const UNKNOWN = {
  en: 'the versions of cloud and edges are not known: the cloud does not respond',
  zh: '云端无响应，无法得知云端与边缘的版本',
} as const satisfies Text

/** Fails for what upstream does not support; a supported difference is said as a note. */
export function versionsCheck(ask: () => Promise<ClusterVersions | undefined>, report: Report): Check {
  return {
    id: 'versions',
    edgemesh: false,
    title: { en: 'the versions of cloud and edges go together', zh: '云端与边缘的版本组合受支持' },
    run: async () => {
      const versions = await ask()
      if (versions === undefined) return { skipped: UNKNOWN }
      const found = skews(versions)
      for (const skew of found.filter(({ supported }) => supported))
        report({ type: 'note', level: 'info', text: skewText(skew) })
      const unsupported = found.filter(({ supported }) => !supported)
      return unsupported.length === 0 ? undefined : joinTexts(unsupported.map(skewText), '; ')
    },
  }
}

/** What differs, what it means and what to do, in one line. */
export function skewText({ seen, matters, fix }: Skew): Text {
  return joinTexts([seen, matters, fix], '; ')
}
