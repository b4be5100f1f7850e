import { readNamedText, rememberSecret, shellWord } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import { fail } from '../problem/codes.ts'
import { isOpenToOthers } from '../settings/environment.ts'
import { askSecret, canAsk } from './ask.ts'

/** A passphrase of fewer characters can be guessed. */
const SHORTEST = 12

/** The first line of a file. @throws PASSPHRASE_NEEDED when it is empty or others may read it */
async function passphraseIn(file: string): Promise<string> {
  if (await isOpenToOthers(file))
    throw fail('PASSPHRASE_NEEDED', {
      what: { en: `the passphrase in ${file} is no secret`, zh: `${file} 中的口令不保密` },
      because: { en: 'other users may read or change the file', zh: '其他用户可以读取或修改该文件' },
      fix: {
        en: `chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
        zh: `执行 chown root: ${shellWord(file)} && chmod 600 ${shellWord(file)}`,
      },
    })
  const [line = ''] = (await readNamedText(file)).split('\n')
  const passphrase = line.trim() // as askSecret does: either way opens a backup that the other sealed
  if (passphrase === '')
    throw fail('PASSPHRASE_NEEDED', {
      what: { en: `${file} has no passphrase in its first line`, zh: `${file} 的第一行没有口令` },
      fix: { en: 'write the passphrase to the first line', zh: '请将口令写入第一行' },
    })
  return passphrase
}

/** How a new backup is sealed; undefined: not at all. @throws PASSPHRASE_NEEDED */
export async function newPassphrase(
  context: CommandContext,
  { file, asked }: { readonly file: unknown; readonly asked: boolean },
): Promise<string | undefined> {
  if (typeof file === 'string') return longEnough(await passphraseIn(file))
  if (!asked) return undefined
  if (!canAsk(context)) throw noTerminal()
  const passphrase = longEnough((await askSecret(context, NEW)) ?? '')
  if ((await askSecret(context, AGAIN)) === passphrase) return passphrase
  throw fail('PASSPHRASE_NEEDED', {
    what: { en: 'the two passphrases differ', zh: '两次输入的口令不一致' },
    fix: { en: 'run it again', zh: '请重新执行' },
  })
}

/** The passphrase of a backup that is sealed. @throws PASSPHRASE_NEEDED */
export async function knownPassphrase(context: CommandContext, file: unknown): Promise<string> {
  if (typeof file !== 'string' && !canAsk(context)) throw noTerminal()
  const passphrase =
    typeof file === 'string' ? await passphraseIn(file) : ((await askSecret(context, KNOWN)) ?? '')
  rememberSecret(passphrase)
  return passphrase
}

const NEW = {
  en: `Passphrase for the backup (at least ${SHORTEST} characters, not shown while typed; without it nobody can restore):`,
  zh: `备份口令（至少 ${SHORTEST} 个字符，输入时不显示；遗失后无法恢复）：`,
}
const AGAIN = { en: 'The same again:', zh: '再次输入：' }
const KNOWN = { en: 'Passphrase of the backup (not shown while typed):', zh: '备份口令（输入时不显示）：' }

function longEnough(passphrase: string): string {
  if (passphrase.length >= SHORTEST) {
    rememberSecret(passphrase)
    return passphrase
  }
  throw fail('PASSPHRASE_NEEDED', {
    what: { en: `the passphrase is shorter than ${SHORTEST} characters`, zh: `口令不足 ${SHORTEST} 个字符` },
    fix: { en: 'choose a longer one, such as five random words', zh: '请使用更长的口令，例如五个随机单词' },
  })
}

function noTerminal(): Error {
  return fail('PASSPHRASE_NEEDED', {
    what: { en: 'the passphrase cannot be asked for: there is no terminal', zh: '没有终端，无法询问口令' },
    fix: {
      en: 'name a file of mode 0600: --passphrase-file FILE',
      zh: '请指定权限为 0600 的文件：--passphrase-file 文件',
    },
  })
}
