import type { Text } from '@edgelift/core'
import type { CommandSpec } from '@edgelift/core/cli'

/** Options that every command takes though not every one has a use for them, and why it has none. */
const WHY = {
  store: { en: 'it does not use the content store', zh: '该命令不使用内容存储' },
  config: { en: 'it contacts no server', zh: '该命令不访问任何服务器' },
} as const satisfies Record<string, Text>

/** A command that warns of options given on its command line that have no effect on it. CI files may give them to all commands. */
export function warningOfUnused(spec: CommandSpec, unused: readonly (keyof typeof WHY)[]): CommandSpec {
  const [name = ''] = spec.usage.split(' ')
  return {
    ...spec,
    load: async () => {
      const handler = await spec.load()
      return (args, context) => {
        for (const option of unused) {
          if (args[option] === undefined) continue
          const { en, zh } = WHY[option]
          context.report({
            ...{ type: 'note', level: 'warning' },
            text: {
              en: `--${option} has no effect on ${name}: ${en}`,
              zh: `--${option} 对 ${name} 不起作用：${zh}`,
            },
          })
        }
        return handler(args, context)
      }
    },
  }
}
