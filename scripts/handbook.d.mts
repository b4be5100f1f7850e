export const BUILD_SITE_PAGES: ReadonlySet<string>
export function isHandbookPage(name: string): boolean
