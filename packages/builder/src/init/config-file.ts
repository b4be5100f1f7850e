import type { Lang } from '@edgelift/core'
import { annotated, type Section } from './annotated.ts'

/** A configuration that sets nothing and shows every key. */
export function configFile(lang: Lang): string {
  return annotated(SECTIONS, lang)
}

const SECTIONS: readonly Section[] = [
  {
    note: {
      en: 'How this machine reaches registries and file servers. All keys are optional.\nThis changes where bytes come from, never which bytes: those are pinned in the lock file.\nRegistry credentials come from ~/.docker/config.json, proxies from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
      zh: '本机如何访问镜像仓库和文件服务器。所有键均可省略。\n这里只决定从哪里下载，不影响内容：内容由锁定文件锁定。\n仓库凭据取自 ~/.docker/config.json，代理取自 HTTPS_PROXY、HTTP_PROXY 和 NO_PROXY。',
    },
  },
  {
    note: {
      en: 'Mirrors per registry: host[:port], or a URL whose path is put before the repository.\nThey are tried in order, the registry itself last.',
      zh: '各镜像仓库的镜像站：host[:port]，或一个 URL，其路径会加在仓库名之前。\n按顺序尝试，最后才访问原仓库。',
    },
    example: 'mirrors:\n  docker.io: [mirror.example.com, "https://proxy.example.com/docker-hub"]',
  },
  {
    note: {
      en: 'true: never contact a registry that has mirrors.',
      zh: 'true：不再访问已配置镜像站的原仓库。',
    },
    example: 'mirrorsOnly: true',
  },
  {
    note: {
      en: 'URL prefixes and their replacements; the longest match wins.',
      zh: 'URL 前缀及其替换；最长匹配优先。',
    },
    example: 'rewrites:\n  "https://github.com/": "https://files.example.com/github.com/"',
  },
  {
    note: {
      en: 'Certificate files (PEM) to trust in addition to the public CAs, relative to this file.',
      zh: '除公共 CA 外另行信任的证书文件（PEM），路径相对于本文件。',
    },
    example: 'caFiles: [ca.pem]',
  },
  {
    note: {
      en: 'Hosts to contact over plain HTTP. All others use HTTPS.',
      zh: '使用明文 HTTP 的主机。其他主机一律使用 HTTPS。',
    },
    example: 'plainHttp: ["127.0.0.1:5000"]',
  },
  {
    note: { en: 'Parallel transfers (default: 3).', zh: '并行传输数（默认 3）。' },
    example: 'concurrency: 3',
  },
  {
    note: {
      en: 'Limit for all transfers together, in bytes per second (default: no limit).',
      zh: '全部传输的总带宽上限，单位为字节每秒（默认不限）。',
    },
    example: 'bytesPerSecond: 5000000',
  },
]
