/** Pages of `docs/en` and `docs/zh-CN` for those who build archives or work on edgelift: not in the archives. */
export const BUILD_SITE_PAGES = new Set([
  'architecture.md',
  'ci.md',
  'configuration.md',
  'decisions.md',
  'embedded-upstream.md',
  'index.md',
  'performance.md',
  'quickstart.md',
  'releases.md',
  'reliability.md',
  'testing.md',
])

/** Whether archives carry a page as part of their handbook. */
export function isHandbookPage(name) {
  return name.endsWith('.md') && !BUILD_SITE_PAGES.has(name)
}
