// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell and GitHub's expressions
import { PLATFORMS, ROLES } from '@edgelift/bundle'
import { EDGELIFT_VERSION, type Lang } from '@edgelift/core'
import { indented, SCRIPTS } from './scripts.ts'

const SETUP = `      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - name: Install edgelift
        run: |
${indented(SCRIPTS.install, 10)}
          echo "$PWD/.edgelift/node_modules/.bin" >> "$GITHUB_PATH"`

/** `.github/workflows/edgelift.yml` for a release of one's own. */
export function githubFile(release: string, lang: Lang): string {
  const words = WORDS[lang]
  return `# ${words.what}
# ${words.lock}
# ${words.key}
name: edgelift

on:
  push:
    branches: [main]
    tags: ["*"]
  pull_request:
  schedule:
    - cron: "17 3 * * 1"

permissions:
  contents: read

env:
  RELEASE: ${release}
  EDGELIFT_PACKAGE: edgelift@${EDGELIFT_VERSION}
  EDGELIFT_STORE: \${{ github.workspace }}/.edgelift-store

jobs:
  lint:
    if: github.event_name != 'schedule'
    runs-on: ubuntu-latest
    steps:
${SETUP}
      - run: ${SCRIPTS.lint[0]}

  # ${words.drift}
  drift:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    permissions:
      contents: write
      pull-requests: write
    steps:
${SETUP}
      - name: Compare with upstream
        env:
          GH_TOKEN: \${{ github.token }}
        run: |
${indented(SCRIPTS.drift, 10)}
          git push --force origin HEAD:refs/heads/edgelift/drift
          if [ "$(gh pr list --head edgelift/drift --json number)" = "[]" ]; then
            gh pr create --head edgelift/drift --title "Upstream has changed" --body-file drift.txt
          fi

  build:
    if: github.event_name != 'schedule'
    needs: lint
    runs-on: ubuntu-latest
    strategy:
      matrix:
        role: [${ROLES.join(', ')}]
        platform: [${PLATFORMS.join(', ')}]
    env:
      ROLE: \${{ matrix.role }}
      PLATFORM: \${{ matrix.platform }}
    steps:
${SETUP}
      # ${words.cache}
      - uses: actions/cache@v4
        with:
          path: .edgelift-store
          key: edgelift-\${{ matrix.role }}-\${{ strategy.job-index }}-\${{ hashFiles('*.lock.json') }}
          restore-keys: edgelift-
      - name: Secret key
        env:
          KEY: \${{ secrets.EDGELIFT_KEY }}
        run: |
          if [ -n "$KEY" ]; then
            (umask 077 && printf '%s\\n' "$KEY" > "$RUNNER_TEMP/release.key")
            echo "EDGELIFT_KEY=$RUNNER_TEMP/release.key" >> "$GITHUB_ENV"
          fi
      - name: Build and sign
        run: ${SCRIPTS.build[0]}
      - name: Verify
        run: ${SCRIPTS.verify[0]}
      - name: Report and SBOM
        run: |
${indented(SCRIPTS.report, 10)}
      - run: ${SCRIPTS.prune[0]}
      - uses: actions/upload-artifact@v4
        with:
          name: \${{ matrix.role }}-\${{ strategy.job-index }}
          path: dist/

  # ${words.publish}
  publish:
    if: startsWith(github.ref, 'refs/tags/')
    needs: build
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
${SETUP}
      - uses: actions/download-artifact@v4
        with: { path: dist, merge-multiple: true }
      - name: Verify
        run: ${SCRIPTS.verifyAll[0]}
      - name: Publish
        env:
          GH_TOKEN: \${{ github.token }}
        run: gh release create "$GITHUB_REF_NAME" --verify-tag --title "$GITHUB_REF_NAME" dist/*
`
}

const WORDS = {
  en: {
    what: 'Checks the release, builds and verifies every archive, and publishes archives, reports and SBOMs for tags.',
    lock: 'Builds use the lock file: run edgelift lock once and commit it.',
    key: 'Signing: edgelift keygen release.key; store its text as the secret EDGELIFT_KEY, commit release.key.pub.',
    drift: 'Opens a pull request with a new lock file when upstream is no longer what the lock says.',
    cache: 'Content is fetched once and kept between runs.',
    publish: 'As a GitHub release, one per tag.',
  },
  zh: {
    what: '检查发布清单，构建并校验全部离线包；打标签时发布离线包、报告和 SBOM。',
    lock: '构建依据锁定文件：请先运行一次 edgelift lock 并提交锁定文件。',
    key: '签名：运行 edgelift keygen release.key；将其内容存为 secret EDGELIFT_KEY，提交 release.key.pub。',
    drift: '上游内容与锁定文件不一致时，以拉取请求提交新的锁定文件。',
    cache: '内容只下载一次，并在多次运行之间保留。',
    publish: '发布为 GitHub Release，每个标签一个。',
  },
} as const
