// Text files that the bundled builder carries, by their path: `installer.mjs`, `launcher/NAME`, `manifests/NAME.yaml`, `docs/…`,
// `licenses/ID.txt`. None when the builder runs from source: `scripts/bundling.mjs` replaces this module.

export function carriedFile(_path: string): string | undefined {
  return undefined
}

export function carriedPaths(): readonly string[] {
  return []
}
