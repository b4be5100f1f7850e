// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
/**
 * What the jobs of every CI system run, in POSIX sh. Variables: RELEASE is the release's file, EDGELIFT_PACKAGE the npm package,
 * ROLE and PLATFORM name one archive, EDGELIFT_KEY is the file with the secret key (unset: archives are not signed).
 */
export const SCRIPTS = {
  install: ['npm install --no-save --prefix .edgelift "$EDGELIFT_PACKAGE"'],
  lint: ['edgelift lint "$RELEASE"'],
  build: [
    'edgelift build "$RELEASE" --role "$ROLE" --platform "$PLATFORM" ${EDGELIFT_KEY:+--sign "$EDGELIFT_KEY"}',
  ],
  verify: ['edgelift verify dist --layers ${EDGELIFT_KEY:+--pubkey release.key.pub}'],
  /** Once archives are published with a public key, none may lack its signature. */
  verifyAll: ['edgelift verify dist $(test ! -f release.key.pub || echo --pubkey release.key.pub)'],
  report: [
    'for archive in dist/*.tar.gz; do',
    '  edgelift inspect "$archive" --report "${archive%.tar.gz}.html"',
    '  edgelift inspect "$archive" --sbom cyclonedx > "${archive%.tar.gz}.cdx.json"',
    '  edgelift inspect "$archive" --sbom spdx > "${archive%.tar.gz}.spdx.json"',
    'done',
  ],
  prune: ['edgelift store prune --older-than 30d --keep "$RELEASE"'],
  /** Ends here with 0 while upstream is what the lock says; otherwise leaves a new lock as a commit on the branch edgelift/drift. */
  drift: [
    'if edgelift lock "$RELEASE" --check > drift.txt 2>&1; then exit 0; fi',
    'cat drift.txt',
    'edgelift lock "$RELEASE"',
    'git switch --force-create edgelift/drift',
    'git add "${RELEASE%.yaml}.lock.json"',
    'git -c user.name=edgelift -c user.email=edgelift@localhost commit --message "Lock what upstream has now"',
  ],
} as const satisfies Record<string, readonly string[]>

/** Lines with `spaces` before each. */
export function indented(lines: readonly string[], spaces: number): string {
  return lines.map((line) => ' '.repeat(spaces) + line).join('\n')
}
