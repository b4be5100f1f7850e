/**
 * Text files that the bundled builder carries, by their path: `installer.mjs`, `launcher/NAME`, `manifests/NAME.yaml`,
 * `docs/…`, `licenses/ID.txt`. Empty when the builder runs from source: `scripts/bundle.mjs` puts its own content in this module's place.
 */
export function carriedFiles(): Readonly<Record<string, string>> {
  return {}
}
