import type { CommandSpec } from '@edgelift/core/cli'
import { PASSPHRASE_FILE } from './common-options.ts'

export const backupSpec: CommandSpec = {
  usage: 'backup <file>',
  describe: {
    en: 'Write a backup of this cloud; install.sh --restore brings it back',
    zh: '备份云端，可用 install.sh --restore 恢复',
  },
  positionals: { file: { describe: { en: 'the file to write', zh: '备份文件' } } },
  options: {
    passphrase: {
      type: 'boolean',
      describe: { en: 'seal it with a passphrase, which is asked for', zh: '询问口令并用其加密' },
    },
    'passphrase-file': PASSPHRASE_FILE,
  },
  examples: [
    {
      line: './edgelift backup /mnt/usb/cloud.backup --passphrase',
      text: { en: 'while the cluster runs; nothing is restarted', zh: '集群运行时备份，不重启任何服务' },
    },
  ],
  load: async () => (await import('./backup.ts')).backupCommand,
}
