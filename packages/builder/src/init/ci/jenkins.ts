// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
import { PLATFORMS, ROLES } from '@edgelift/bundle'
import { EDGELIFT_VERSION, type Lang } from '@edgelift/core'
import { indented, SCRIPTS } from './scripts.ts'

/** `Jenkinsfile` (declarative) for a release of one's own. */
export function jenkinsFile(release: string, lang: Lang): string {
  const words = WORDS[lang]
  const values = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')
  return `// ${words.what}
// ${words.lock}
// ${words.needs}
// ${words.key}
pipeline {
  agent any
  triggers { cron('H 3 * * 1') }
  options { disableConcurrentBuilds() }
  environment {
    RELEASE = '${release}'
    EDGELIFT_PACKAGE = 'edgelift@${EDGELIFT_VERSION}'
    // ${words.cache}
    EDGELIFT_STORE = "\${WORKSPACE}/.edgelift-store"
    PATH = "\${WORKSPACE}/.edgelift/node_modules/.bin:\${PATH}"
  }
  stages {
    stage('Install') {
      steps {
        ${sh(SCRIPTS.install, 8)}
      }
    }
    stage('Lint') {
      steps {
        ${sh(SCRIPTS.lint, 8)}
      }
    }
    // ${words.drift}
    stage('Drift') {
      when { triggeredBy 'TimerTrigger' }
      steps {
        withCredentials([gitUsernamePassword(credentialsId: 'edgelift-push')]) {
          ${sh([...SCRIPTS.drift, 'git push --force origin HEAD:refs/heads/edgelift/drift', 'exit 1'], 10)}
        }
      }
    }
    stage('Build') {
      when { not { triggeredBy 'TimerTrigger' } }
      matrix {
        axes {
          axis {
            name 'ROLE'
            values ${values(ROLES)}
          }
          axis {
            name 'PLATFORM'
            values ${values(PLATFORMS)}
          }
        }
        stages {
          stage('Archive') {
            steps {
              withCredentials([file(credentialsId: 'edgelift-key', variable: 'EDGELIFT_KEY')]) {
                ${sh(SCRIPTS.build, 16)}
              }
            }
          }
        }
      }
    }
    stage('Verify') {
      when { not { triggeredBy 'TimerTrigger' } }
      steps {
        withCredentials([file(credentialsId: 'edgelift-key', variable: 'EDGELIFT_KEY')]) {
          ${sh([...SCRIPTS.verify, ...SCRIPTS.report, ...SCRIPTS.prune], 10)}
        }
      }
    }
    // ${words.publish}
    stage('Publish') {
      when { buildingTag() }
      steps {
        archiveArtifacts artifacts: 'dist/*', fingerprint: true
      }
    }
  }
}
`
}

/** A step \`sh\`; Groovy leaves \`$\` alone between single quotes. */
function sh(lines: readonly string[], spaces: number): string {
  if (lines.length === 1) return `sh '${(lines[0] ?? '').replaceAll("'", "\\\\'")}'`
  return `sh '''\n${indented(lines, spaces + 2)}\n${' '.repeat(spaces)}'''`
}

const WORDS = {
  en: {
    what: 'Checks the release, builds and verifies every archive, and archives them with reports and SBOMs for tags.',
    lock: 'Builds use the lock file: run edgelift lock once and commit it.',
    needs: 'Needs Node.js 20.20 or newer and git on the agent.',
    key: "Signing: edgelift keygen release.key; add release.key as the secret file 'edgelift-key', commit release.key.pub.",
    cache: 'Content is fetched once and kept in the workspace.',
    drift:
      "Pushes a new lock file to the branch edgelift/drift and fails when upstream has changed; 'edgelift-push' may push.",
    publish: 'Archives, checksums, signatures, reports and SBOMs, as artifacts of the build.',
  },
  zh: {
    what: '检查发布清单，构建并校验全部离线包；打标签时归集离线包、报告和 SBOM。',
    lock: '构建依据锁定文件：请先运行一次 edgelift lock 并提交锁定文件。',
    needs: '代理节点需要 Node.js 20.20 或更高版本，以及 git。',
    key: "签名：运行 edgelift keygen release.key；将 release.key 添加为 secret file 凭据 'edgelift-key'，提交 release.key.pub。",
    cache: '内容只下载一次，保存在工作区中。',
    drift:
      "上游变化时，将新的锁定文件推送到分支 edgelift/drift 并以失败结束；凭据 'edgelift-push' 须有推送权限。",
    publish: '离线包、校验和、签名、报告和 SBOM，作为构建产物保存。',
  },
} as const
