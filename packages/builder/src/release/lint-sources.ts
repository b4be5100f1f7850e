import { ChartNamespace, ChartRelease, type PlatformName } from '@edgelift/bundle'
import { credentialParameter } from '@edgelift/oci'
import { error, type Finding, warning } from '../findings.ts'
import { variablesOf } from './expand.ts'
import type { Release } from './schema.ts'
import { expandText } from './templates.ts'

/** URLs, checksums, and what is taken out of a download: whatever cannot be, whatever upstream says. */
export function checkSources(release: Release): Finding[] {
  return [
    ...Object.entries(release.files).flatMap(([name, file]) => [
      ...checkUrls(`files.${name}`, file, file.platforms ?? release.platforms, release),
      ...checkFileForm(`files.${name}`, file),
    ]),
    ...Object.entries(release.imageLists).flatMap(([name, list]) =>
      checkUrls(`imageLists.${name}`, list, release.platforms, release),
    ),
    ...Object.entries(release.charts).flatMap(([name, chart]) => [
      ...checkUrls(`charts.${name}`, chart, release.platforms, release),
      ...checkChartForm(`charts.${name}`, chart),
    ]),
    ...Object.entries(release.imageFiles).flatMap(([name, { files }]) =>
      release.platforms
        .filter((platform) => files[platform] === undefined)
        .map((platform) =>
          error('SOURCE', `imageFiles.${name}.files`, {
            en: `there is nothing for ${platform}, and an archive is built for it`,
            zh: `缺少 ${platform} 的文件，而该平台会构建离线包`,
          }),
        ),
    ),
  ]
}

type Sourced = Pick<Release['files'][string], 'url' | 'checksum' | 'generatedSource'>

function checkUrls(
  where: string,
  part: Sourced,
  platforms: readonly PlatformName[],
  release: Release,
): Finding[] {
  const findings: Finding[] = []
  for (const platform of platforms) {
    const template = typeof part.url === 'string' ? part.url : part.url[platform]
    if (template === undefined) {
      findings.push(
        error('SOURCE', `${where}.url`, {
          en: `there is no URL for ${platform}; name one, or set "platforms"`,
          zh: `缺少 ${platform} 的 URL；请补充，或设置 "platforms"`,
        }),
      )
      continue
    }
    findings.push(...checkUrl(`${where}.url`, expandText(template, variablesOf(release, platform), 'url')))
  }
  if (part.checksum !== undefined && 'url' in part.checksum) {
    const [platform = 'linux/amd64'] = platforms
    const url = expandText(part.checksum.url, variablesOf(release, platform), 'url')
    findings.push(...checkUrl(`${where}.checksum.url`, url))
  }
  if (part.generatedSource === true && part.checksum !== undefined) {
    findings.push(
      error('SOURCE', `${where}.checksum`, {
        en: 'a tarball that is generated at each request has no checksum that holds: remove one of the two',
        zh: '每次请求重新生成的压缩包没有固定校验和：请删除其中之一',
      }),
    )
  }
  if (
    typeof part.url === 'object' &&
    part.checksum !== undefined &&
    'sha256' in part.checksum &&
    platforms.length > 1
  ) {
    findings.push(
      error('SOURCE', `${where}.checksum.sha256`, {
        en: 'one digest cannot be right for the files of several platforms: use "checksum.url", or one part for each platform ("platforms")',
        zh: '一个摘要不可能适用于多个平台的文件：请用 "checksum.url"，或按平台拆分（"platforms"）',
      }),
    )
  }
  return findings
}

/** User and password of what is meant as a URL, and the host behind them. */
const USERINFO = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*|[^/?#]*:[^/?#]*)@([^/?#]*)/i

/** As other programs read it, and as a beginning in `rewrites` fits: `URL` takes blanks, backslashes and `https:/host`, too. */
const URL_FORM = /^https?:\/\/[^\s\\/?#][^\s\\]*$/i

function checkUrl(where: string, text: string): Finding[] {
  const [userinfo, host] = USERINFO.exec(text) ?? []
  if (userinfo !== undefined) {
    return [
      error('SOURCE', where, {
        en: `the URL for ${host} holds credentials, and a release is no place for secrets: put them into "rewrites" of edgelift.config.yaml`,
        zh: `${host} 的 URL 含有凭据，发布清单不应包含机密：请写入 edgelift.config.yaml 的 "rewrites"`,
      }),
    ]
  }
  if (/^oci:\/\//i.test(text)) {
    return [
      error('SOURCE', where, {
        en: `"${text}" is in a registry, from which only images are taken: "helm pull" the chart, put the .tgz on a file server, and name its https:// URL here`,
        zh: `"${text}" 位于镜像仓库中，而从镜像仓库只能获取镜像：请用 helm pull 取得该 chart，将 .tgz 放到文件服务器上，在此填写其 https:// 地址`,
      }),
    ]
  }
  const url = URL_FORM.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) {
    return [
      error('SOURCE', where, {
        en: `"${text}" is not an http(s) URL`,
        zh: `"${text}" 不是 http(s) URL`,
      }),
    ]
  }
  const parameter = credentialParameter(url)
  if (parameter !== undefined) {
    return [
      error('SOURCE', where, {
        en: `the URL for ${url.host} carries a credential ("${parameter}"), and lock files, SBOMs and archives repeat URLs: use a URL without it, and put credentials into the configuration of your proxy or mirror`,
        zh: `${url.host} 的 URL 带有凭据（参数 "${parameter}"），而锁定文件、SBOM 和离线包都会记录 URL：请改用不带凭据的 URL，凭据请放到代理或镜像站的配置中`,
      }),
    ]
  }
  const badEscape = /%(?![0-9a-f]{2}).{0,2}/i.exec(text)?.[0] // RFC 3986, 2.1
  if (badEscape !== undefined) {
    return [
      error('SOURCE', where, {
        en: `"${text}" is not a valid URL: "${badEscape}" is not a percent-encoded byte (write %25 for a percent sign)`,
        zh: `"${text}" 不是有效的 URL："${badEscape}" 不是百分号编码（百分号本身请写成 %25）`,
      }),
    ]
  }
  return checkMoving(where, url)
}

/** A branch of a repository, or a "latest" release: other bytes tomorrow. */
function checkMoving(where: string, url: URL): Finding[] {
  const branch =
    /^raw\.githubusercontent\.com$/.test(url.host) &&
    /^\/[^/]+\/[^/]+\/(?:refs\/heads\/)?(main|master)\//.exec(url.pathname)?.[1]
  const latest = /\/latest\//.test(url.pathname) && 'latest'
  const moving = branch || latest
  if (moving === false || moving === undefined) return []
  return [
    warning('SOURCE', where, {
      en: `${url.href} is a moving target ("${moving}"): name a tag`,
      zh: `${url.href} 的内容会变化（"${moving}"）：请使用标签`,
    }),
  ]
}

function checkFileForm(where: string, file: Release['files'][string]): Finding[] {
  const one = file.path !== undefined
  const several = file.members !== undefined
  if (one === several) {
    return [
      error('SOURCE', where, {
        en: one
          ? '"path" and "members" exclude each other: "members" names the paths itself'
          : 'there is neither "path" nor "members": nothing says where it goes in the archive',
        zh: one ? '"path" 与 "members" 不能同时使用' : '缺少 "path" 或 "members"：没有说明放在离线包何处',
      }),
    ]
  }
  if (several && file.member !== undefined) {
    return [
      error('SOURCE', `${where}.member`, {
        en: 'write this member into "members"',
        zh: '请把该成员写入 "members"',
      }),
    ]
  }
  if (file.generatedSource === true && !several && file.member === undefined) {
    return [
      error('SOURCE', `${where}.generatedSource`, {
        en: 'only what is taken out of such a tarball counts: name a "member"',
        zh: '此类压缩包只有取出的内容有效：请指定 "member"',
      }),
    ]
  }
  return []
}

function checkChartForm(where: string, chart: Release['charts'][string]): Finding[] {
  const findings: Finding[] = []
  if (chart.generatedSource === true && chart.folder === undefined) {
    findings.push(
      error('SOURCE', `${where}.generatedSource`, {
        en: 'only what is taken out of such a tarball counts: name the chart’s "folder"',
        zh: '此类压缩包只有取出的内容有效：请指定 chart 的 "folder"',
      }),
    )
  }
  if (!ChartRelease.safeParse(chart.release).success) {
    findings.push(
      error('SOURCE', `${where}.release`, {
        en: `"${chart.release}" is not a name for a Helm release: at most 53 lower-case letters, digits, "-" and "."`,
        zh: `"${chart.release}" 不是有效的 Helm release 名称：最多 53 个小写字母、数字、"-"、"."`,
      }),
    )
  }
  if (!ChartNamespace.safeParse(chart.namespace).success) {
    findings.push(
      error('SOURCE', `${where}.namespace`, {
        en: `"${chart.namespace}" is not a name for a namespace: at most 63 lower-case letters, digits and "-"`,
        zh: `"${chart.namespace}" 不是有效的命名空间名称：最多 63 个小写字母、数字、"-"`,
      }),
    )
  }
  return findings
}
