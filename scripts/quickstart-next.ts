import path from 'node:path'
import type { Text } from '@edgelift/core'
import type { Summary } from './quickstart-summary.ts'

/**
 * What a newcomer can do with the archives: commands that work as they are printed, in lines of at most 80 columns.
 * @param hasPlaceholders the installer refuses the archives, so nobody is told to install one
 */
export function nextSteps({ folder, edgelift, made }: Summary, hasPlaceholders: boolean): Text {
  const program = path.relative(folder, edgelift)
  const edge = made.find(({ manifest }) => manifest.role === 'edge' && manifest.platform === 'linux/amd64')
  const unpacked = edge?.manifest.name ?? ''
  const step = (title: string, ...commands: string[]): string =>
    [`  ${title}`, ...commands.map((command) => `    ${command}`)].join('\n')
  const commands = {
    inspect: [`node ${program} inspect kubeedge-cloud-*-amd64.tar.gz`],
    report: [`node ${program} inspect kubeedge-cloud-*-amd64.tar.gz \\`, '  --report report.html'],
    verify: [`node ${program} verify kubeedge-*.tar.gz`, 'sha256sum -c kubeedge-*.sha256'],
    dryRun: [
      `tar xzf ${unpacked}.tar.gz`,
      `(cd ${unpacked} && \\`,
      '  sudo ./install.sh --dry-run --cloud 192.168.1.10)',
    ],
    install: [
      'scp kubeedge-cloud-*-amd64.tar.gz root@NODE:/data/',
      'ssh root@NODE',
      'cd /data && tar xzf kubeedge-cloud-*.tar.gz && cd kubeedge-cloud-*/',
      './install.sh',
    ],
  }
  const installing = (words: string): string[] => (hasPlaceholders ? [] : [step(words, ...commands.install)])
  return {
    en: [
      'What you can do with them:',
      step('Go to their folder', `cd ${folder}`),
      step('See what is in an archive, and why', ...commands.inspect),
      step('The same as a page for the browser', ...commands.report),
      step('Check every byte, with edgelift or with sha256sum', ...commands.verify),
      step('See what an installation would do here; it changes nothing', ...commands.dryRun),
      ...(hasPlaceholders
        ? ['    It ends with exit code 3 and names the placeholders among the reasons.']
        : []),
      ...installing('Install the cloud; docs/en/operator.md goes on from there'),
    ].join('\n'),
    zh: [
      '接下来可以：',
      step('进入离线包所在目录', `cd ${folder}`),
      step('查看离线包的内容及其依赖方', ...commands.inspect),
      step('生成可在浏览器中打开的报告', ...commands.report),
      step('用 edgelift 或 sha256sum 逐字节校验', ...commands.verify),
      step('预演在本机的安装，不做任何改动', ...commands.dryRun),
      ...(hasPlaceholders ? ['    预演以退出码 3 结束，并在原因中列出占位文件。'] : []),
      ...installing('安装云端；后续步骤见 docs/zh-CN/operator.md'),
    ].join('\n'),
  }
}
