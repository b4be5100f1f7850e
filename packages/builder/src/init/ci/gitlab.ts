// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
import { PLATFORMS, ROLES } from '@edgelift/bundle'
import { EDGELIFT_VERSION, type Lang } from '@edgelift/core'
import { indented, SCRIPTS } from './scripts.ts'

/** `.gitlab-ci.yml` for a release of one's own. */
export function gitlabFile(release: string, lang: Lang): string {
  const words = WORDS[lang]
  return `# ${words.what}
# ${words.lock}
# ${words.key}
# ${words.schedule}
variables:
  RELEASE: ${release}
  EDGELIFT_PACKAGE: edgelift@${EDGELIFT_VERSION}
  EDGELIFT_STORE: $CI_PROJECT_DIR/.edgelift-store

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH

stages: [check, build, publish]

default:
  image: node:24-bookworm
  before_script:
    - ${SCRIPTS.install[0]}
    - export PATH="$PWD/.edgelift/node_modules/.bin:$PATH"

lint:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE != "schedule"
  script:
    - ${SCRIPTS.lint[0]}

# ${words.drift}
# ${words.token}
drift:
  stage: check
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  script:
    - |
${indented(SCRIPTS.drift, 6)}
      git config credential.helper '!f() { echo username=edgelift; echo "password=$DRIFT_TOKEN"; }; f'
      git push --force "$CI_PROJECT_URL.git" HEAD:refs/heads/edgelift/drift \\
        -o merge_request.create -o merge_request.target="$CI_DEFAULT_BRANCH" -o merge_request.title="Upstream has changed"

build:
  stage: build
  rules:
    - if: $CI_PIPELINE_SOURCE != "schedule"
  parallel:
    matrix:
      - ROLE: [${ROLES.join(', ')}]
        PLATFORM: [${PLATFORMS.join(', ')}]
  # ${words.cache}
  cache:
    key: edgelift-store
    paths: [.edgelift-store/]
  script:
    - ${SCRIPTS.build[0]}
    - ${SCRIPTS.verify[0]}
    - |
${indented(SCRIPTS.report, 6)}
    - ${SCRIPTS.prune[0]}
  artifacts:
    paths: [dist/]
    expire_in: 30 days

# ${words.publish}
publish:
  stage: publish
  rules:
    - if: $CI_COMMIT_TAG
  script:
    - ${SCRIPTS.verifyAll[0]}
    - |
      for file in dist/*; do
        printf 'JOB-TOKEN: %s' "$CI_JOB_TOKEN" | curl --fail --silent --show-error --header @- --upload-file "$file" \\
          "$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/generic/edgelift/$CI_COMMIT_TAG/\${file##*/}"
      done
`
}

const WORDS = {
  en: {
    what: 'Checks the release, builds and verifies every archive, and publishes archives, reports and SBOMs for tags.',
    lock: 'Builds use the lock file: run edgelift lock once and commit it.',
    key: 'Signing: edgelift keygen release.key; store release.key as the CI variable EDGELIFT_KEY (type File), commit release.key.pub.',
    schedule: 'Drift alarm: add a pipeline schedule.',
    drift: 'Opens a merge request with a new lock file when upstream is no longer what the lock says.',
    token: 'DRIFT_TOKEN: a project access token with write_repository, as a masked CI variable.',
    cache: 'Content is fetched once for all archives and pipelines.',
    publish: 'To the generic package registry of this project, one version per tag.',
  },
  zh: {
    what: '检查发布清单，构建并校验全部离线包；打标签时发布离线包、报告和 SBOM。',
    lock: '构建依据锁定文件：请先运行一次 edgelift lock 并提交锁定文件。',
    key: '签名：运行 edgelift keygen release.key；将 release.key 存为 CI 变量 EDGELIFT_KEY（类型 File），提交 release.key.pub。',
    schedule: '漂移告警：请添加定时流水线。',
    drift: '上游内容与锁定文件不一致时，以合并请求提交新的锁定文件。',
    token: 'DRIFT_TOKEN：具有 write_repository 权限的项目访问令牌，存为已隐藏的 CI 变量。',
    cache: '内容只下载一次，供所有离线包和流水线使用。',
    publish: '发布到本项目的通用软件包仓库，每个标签一个版本。',
  },
} as const
