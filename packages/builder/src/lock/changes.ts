import { type Finding, warning } from '../findings.ts'
import type { Lock, LockedDownload } from './schema.ts'

/**
 * What should be read when a lock takes the place of another one: content that is trusted at first use, and content
 * that upstream has changed under a name that should not change.
 */
export function changesSince(previous: Lock | undefined, lock: Lock): Finding[] {
  const findings: Finding[] = []
  for (const download of lock.downloads) {
    const before = previous?.downloads.find((one) => one.name === download.name && one.url === download.url)
    const same = before !== undefined && contentOf(before) === contentOf(download)
    if (before !== undefined && !same) {
      findings.push(changed(download.name, download.url, [contentOf(before), contentOf(download)]))
    }
    if (download.trust === 'first-use' && !same) findings.push(firstUse(download))
  }
  for (const image of lock.images) {
    const before = previous?.images.find(
      (one) => one.reference === image.reference && one.platform === image.platform,
    )
    if (before === undefined || before.manifest.digest === image.manifest.digest) continue
    const digests = [before.manifest.digest, image.manifest.digest] as const
    findings.push(changed(`${image.reference} (${image.platform})`, image.reference, digests))
  }
  return findings
}

/** Everything in which two locks differ, in words that a CI job's log can hold. */
export function differencesOf(locked: Lock, today: Lock): Finding[] {
  const findings: Finding[] = []
  if (locked.release.digest !== today.release.digest) {
    findings.push(
      differs('release', {
        en: 'the release has changed since it was locked',
        zh: '锁定之后发布清单有改动',
      }),
    )
  }
  compare(locked.downloads, today.downloads, {
    key: (one) => `${one.name} ${one.url} ${one.platforms.join(',')}`,
    name: (one) => one.name,
    content: contentOf,
    findings,
  })
  compare(locked.images, today.images, {
    key: (one) => `${one.reference} ${one.platform}`,
    name: (one) => `${one.reference} (${one.platform})`,
    content: (one) => one.manifest.digest,
    findings,
  })
  if (findings.length === 0 && locked.seal !== today.seal) {
    findings.push(
      differs('lock', {
        en: 'who needs what, or the files taken out, are no longer as locked',
        zh: '依赖关系或取出的文件与锁定时不同',
      }),
    )
  }
  return findings
}

function compare<T>(
  locked: readonly T[],
  today: readonly T[],
  options: {
    readonly key: (one: T) => string
    readonly name: (one: T) => string
    readonly content: (one: T) => string
    readonly findings: Finding[]
  },
): void {
  const { key, name, content, findings } = options
  const before = new Map(locked.map((one) => [key(one), one]))
  const now = new Map(today.map((one) => [key(one), one]))
  for (const [id, one] of before) {
    const other = now.get(id)
    if (other === undefined) {
      findings.push(differs(name(one), { en: 'is locked, and no longer wanted', zh: '已锁定，但不再需要' }))
    } else if (content(one) !== content(other)) {
      findings.push(
        differs(name(one), {
          en: `is locked as ${content(one)}, and is ${content(other)} today`,
          zh: `锁定为 ${content(one)}，现为 ${content(other)}`,
        }),
      )
    }
  }
  for (const [id, one] of now) {
    if (!before.has(id))
      findings.push(differs(name(one), { en: 'is wanted, and not locked', zh: '需要，但未锁定' }))
  }
}

/** The download's digest; of one that is regenerated each time, what is taken out of it. */
function contentOf(download: LockedDownload): string {
  return download.digest ?? download.parts.map((part) => `${part.path} ${part.digest}`).join(', ')
}

function differs(where: string, text: Finding['text']): Finding {
  return { severity: 'error', code: 'CHANGED', where, text }
}

function changed(
  where: string,
  source: string,
  [before, now]: readonly [string, string] | string[],
): Finding {
  return warning('CHANGED', where, {
    en: `${source} is no longer what was locked: it was ${before}, it is ${now}; make sure that upstream meant it`,
    zh: `${source} 与上次锁定时不同：原为 ${before}，现为 ${now}；请确认是上游有意更改`,
  })
}

function firstUse(download: LockedDownload): Finding {
  return warning('FIRST_USE', download.name, {
    en: `upstream publishes no checksum for ${download.url}: what it is today (${contentOf(download)}) is pinned in the lock`,
    zh: `上游没有为 ${download.url} 提供校验和：当前内容（${contentOf(download)}）已固定在锁定文件中`,
  })
}
