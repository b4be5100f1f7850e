import { stat } from 'node:fs/promises'
import type { JsonObject } from '@edgelift/bundle'
import { isErrno, makeFolder, writeFileAtomic } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { existsOnHost, onHost, readHostFile } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import { setMarker } from '../state/markers.ts'
import { keepFile } from '../state/written.ts'
import { setBack } from '../steps/drift.ts'
import { type Drift, defineStep } from '../steps/step.ts'
import { forgetCertificate, hasCertificate } from './certificate.ts'
import { EDGECORE_CONFIG } from './edgecore-config.ts'
import { differing, edgecoreText, mergedConfig, saysAll } from './edgecore-file.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'

/** Set while EdgeCore has not read its changed configuration. */
export const RESTART = `restart/${EDGECORE_UNIT}`

const MODE = 0o600 // it holds the token until EdgeCore has its certificate

export interface EdgecoreConfigInputs {
  readonly nodeName: string
  /** Without a token. */
  readonly config: JsonObject
}

/**
 * `edgecore.yaml`. EdgeCore rewrites it with every default, and operators add to it: settings of ours are compared and
 * changed one by one, the others stay.
 */
export const edgecoreConfiguration = defineStep<EdgecoreConfigInputs>({
  id: 'edgecore-config',
  title: { en: 'configure EdgeCore', zh: '配置 EdgeCore' },
  async check({ host }, { nodeName, config }) {
    const found = readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? '')
    return (
      found !== undefined &&
      (await modeOf(onHost(host, EDGECORE_CONFIG))) === MODE &&
      (await hasCertificate(host, nodeName)) &&
      saysAll(found, config)
    )
  },
  async drift({ host }, { config }) {
    const changed = (fields: string[]): Drift[] =>
      fields.length === 0 ? [] : [{ kind: 'file', place: EDGECORE_CONFIG, state: 'changed', fields }]
    const text = await readHostFile(host, EDGECORE_CONFIG)
    if (text === undefined) return [{ kind: 'file', place: EDGECORE_CONFIG, state: 'missing', fields: [] }]
    const found = readConfig(text)
    return changed(found === undefined ? ['content'] : differing(found, config))
  },
  async apply({ host, changes, joinToken, report }, { nodeName, config }) {
    // EdgeCore rewrites the file by itself, so its time does not tell whether EdgeCore has read what is written here.
    await setMarker(host, RESTART)
    const isJoined = await hasCertificate(host, nodeName)
    const wanted = isJoined ? config : withToken(config, await joinToken())
    const ours = changes.has({ kind: 'file', path: EDGECORE_CONFIG })
    const found = ours ? readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? '') : undefined
    const text = edgecoreText(mergedConfig(found, wanted))
    const isChanged = ours && (await existsOnHost(host, EDGECORE_CONFIG))
    const fields = !isChanged ? [] : found === undefined ? ['*'] : differing(found, config)
    await writingTo(host, { file: EDGECORE_CONFIG, size: text.length }, async () => {
      if (fields.length > 0) report(setBack(EDGECORE_CONFIG, fields, await keepFile(host, EDGECORE_CONFIG)))
      await changes.backup(EDGECORE_CONFIG)
      // The kubelet in EdgeCore logs an error each second while its folder for static pods is not there.
      await makeFolder(onHost(host, '/etc/kubeedge/manifests'))
      await writeFileAtomic(onHost(host, EDGECORE_CONFIG), text, MODE)
    })
    if (!isJoined) await forgetCertificate(host)
  },
})

function withToken(config: JsonObject, token: string): JsonObject {
  return mergedConfig(config, { modules: { edgeHub: { token } } })
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode & 0o7777
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
