import type { CommandSpec } from '@edgelift/core/cli'

export function keygenSpec(): CommandSpec {
  return {
    usage: 'keygen <file>',
    describe: {
      en: 'Create a minisign-compatible key pair: FILE (secret) and FILE.pub',
      zh: '生成 minisign 兼容的密钥对：FILE（私钥）和 FILE.pub',
    },
    positionals: {
      file: { describe: { en: 'the secret key’s file; never overwritten', zh: '私钥文件；不会覆盖' } },
    },
    examples: [
      {
        line: 'edgelift keygen release.key',
        text: { en: 'create release.key and release.key.pub', zh: '生成私钥与公钥' },
      },
    ],
    epilogue: {
      en: 'The secret key has no password (like minisign -G -W): keep it as a CI secret, mode 0600.',
      zh: '私钥没有密码（同 minisign -G -W）：请作为 CI 机密保管，权限 0600。',
    },
    load: async () => (await import('../commands/keygen.ts')).keygenCommand,
  }
}
