import { lstat, rm } from 'node:fs/promises'
import { formatPublicKey, formatSecretKey, keyName, newKey } from '@edgelift/bundle'
import { createFileWhole, isErrno, sweepAbandoned } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { fail } from '../../codes.ts'
import { KeygenArguments, parseArguments } from '../arguments.ts'

/** Makes `FILE` (mode 0600) and `FILE.pub`. Neither is ever overwritten, or there before it is whole. */
export const keygenCommand: CommandHandler = async (args) => {
  const { file } = parseArguments(KeygenArguments, args)
  const publicFile = `${file}.pub`
  const key = newKey()
  await Promise.all([file, publicFile].map(sweepAbandoned)) // a killed run has left a secret key there
  for (const name of [file, publicFile]) if (await isThere(name)) throw exists(name)
  // The secret key first: the public one can be had from it again (minisign -R).
  await create(file, formatSecretKey(key), 0o600)
  try {
    await create(publicFile, formatPublicKey(key), 0o644)
  } catch (error) {
    await rm(file, { force: true }) // half a pair would be in the way of the next run
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

async function isThere(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

async function create(file: string, text: string, mode: number): Promise<void> {
  try {
    await createFileWhole(file, text, mode)
  } catch (error) {
    throw isErrno(error, 'EEXIST') ? exists(file) : error
  }
}

function exists(file: string): Error {
  return fail('KEY_EXISTS', {
    what: { en: `${file} already exists`, zh: `${file} 已存在` },
    because: {
      en: 'once overwritten, archives signed with the old key can no longer be verified',
      zh: '覆盖后将无法再校验用旧密钥签名的离线包',
    },
    fix: { en: 'choose another name, or move the old key pair away', zh: '请换一个名称，或移走旧的密钥对' },
  })
}
