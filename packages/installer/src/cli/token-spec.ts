import type { CommandSpec } from '@edgelift/core/cli'

export const tokenSpec: CommandSpec = {
  usage: 'token',
  describe: {
    en: 'Print a new join token for edge nodes (cloud)',
    zh: '生成边缘节点的接入令牌（token，仅云端）',
  },
  options: {
    valid: {
      type: 'string',
      value: 'DURATION',
      describe: {
        en: 'how long the token is valid: 12h, 30d, 8w (default: a day)',
        zh: '令牌有效期：12h、30d、8w（默认一天）',
      },
    },
    join: {
      type: 'string',
      value: 'FILE',
      describe: {
        en: 'write a settings file for edge nodes, ready to use',
        zh: '生成可直接使用的边缘节点安装参数文件',
      },
    },
    hosts: {
      type: 'string',
      value: 'FILE.csv',
      describe: {
        en: 'edges to write join files for; columns: name,address,labels,taints',
        zh: '边缘节点列表，为每个节点生成接入文件；列：name,address,labels,taints',
      },
    },
    out: {
      type: 'string',
      value: 'DIRECTORY',
      describe: {
        en: 'where --hosts writes NAME.yaml (mode 0600)',
        zh: '--hosts 的输出目录（NAME.yaml，权限 0600）',
      },
    },
    overwrite: {
      type: 'boolean',
      describe: { en: 'with --hosts: replace existing files', zh: '与 --hosts 一起使用：覆盖已有文件' },
    },
  },
  examples: [
    {
      line: './edgelift token --join edge-join.yaml',
      text: { en: 'one file that every edge may use for a day', zh: '一天之内所有边缘节点通用的接入文件' },
    },
    {
      line: './edgelift token --valid 30d --hosts /root/edges.csv --out /root/joins',
      text: { en: 'a file for each edge of a list', zh: '为列表中的每个边缘节点各生成一个接入文件' },
    },
  ],
  load: async () => (await import('./token.ts')).tokenCommand,
}
