import { open, rm } from 'node:fs/promises'
import { formatPublicKey, formatSecretKey, keyName, newKey } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { fail } from '../../codes.ts'
import { KeygenArguments, parseArguments } from '../arguments.ts'

/** Makes `FILE` (mode 0600) and `FILE.pub`. Neither is ever overwritten. */
export const keygenCommand: CommandHandler = async (args) => {
  const { file } = parseArguments(KeygenArguments, args)
  const publicFile = `${file}.pub`
  const key = newKey()
  const made: { readonly name: string; readonly handle: Handle }[] = []
  const make = async (name: string, mode: number): Promise<Handle> => {
    const handle = await create(name, mode)
    made.push({ name, handle })
    return handle
  }
  try {
    const publicHandle = await make(publicFile, 0o644)
    await write(await make(file, 0o600), formatSecretKey(key))
    await write(publicHandle, formatPublicKey(key))
  } catch (error) {
    // Half a pair, as a full disk leaves it, would be in the way of the next run.
    for (const { name, handle } of made) {
      await handle.close().catch(() => {})
      await rm(name, { force: true })
    }
    throw error
  }
  return {
    document: { secretKey: file, publicKey: publicFile, id: keyName(key) },
    text: (lang) =>
      lang === 'zh'
        ? `${file}：私钥 ${keyName(key)}，权限 0600，没有密码，请妥善保管\n${publicFile}：公钥，请与离线包分开发布`
        : `${file}: secret key ${keyName(key)}, mode 0600, without a password: keep it safe\n${publicFile}: public key, publish it apart from the archives`,
  }
}

type Handle = Awaited<ReturnType<typeof open>>

async function create(file: string, mode: number): Promise<Handle> {
  try {
    return await open(file, 'wx', mode)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    throw fail('KEY_EXISTS', {
      what: { en: `${file} already exists`, zh: `${file} 已存在` },
      because: {
        en: 'once overwritten, archives signed with the old key can no longer be verified',
        zh: '覆盖后将无法再校验用旧密钥签名的离线包',
      },
      fix: { en: 'choose another name, or move the old key pair away', zh: '请换一个名称，或移走旧的密钥对' },
    })
  }
}

async function write(handle: Handle, text: string): Promise<void> {
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
