import { mkdir, stat } from 'node:fs/promises'
import { isErrno, writeFileAtomic } from '@edgelift/core'
import { EDGECORE_UNIT } from '../containerd/files.ts'
import { writingTo } from '../node/disk.ts'
import { onHost, readHostFile } from '../node/host.ts'
import { mark, unmark } from '../state/markers.ts'
import type { Step } from '../steps/step.ts'
import { forgetCertificate, hasCertificate } from './certificate.ts'
import type { EdgeContext } from './edge-context.ts'
import { EDGECORE_TREES } from './edge-remove.ts'
import { EDGECORE_CONFIG, edgecoreConfig } from './edgecore-config.ts'
import { edgecoreText, mergedConfig, readConfig, saysAll } from './edgecore-file.ts'

/** Set while EdgeCore has not read its changed configuration. */
export const RESTART = `restart/${EDGECORE_UNIT}`

const MODE = 0o600 // it holds the token until EdgeCore has its certificate

/**
 * `edgecore.yaml`. EdgeCore rewrites it with every default, and operators add to it: settings of ours are compared and
 * changed one by one, the others stay.
 */
export function edgecoreConfigStep(context: EdgeContext): Step {
  const { host, ledger, settings, runtime } = context
  const joined = () => hasCertificate(host, settings.nodeName)
  const wanted = (token: string) => edgecoreConfig(settings, { token, runtime })
  return {
    id: 'edgecore-config',
    title: { en: "EdgeCore's configuration", zh: '配置 EdgeCore' },
    async check() {
      const found = readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? '')
      return (
        found !== undefined &&
        (await modeOf(onHost(host, EDGECORE_CONFIG))) === MODE &&
        (await joined()) &&
        saysAll(found, wanted(''))
      )
    },
    async apply() {
      // EdgeCore rewrites the file by itself, so its time does not tell whether EdgeCore has read what is written here.
      await mark(host, RESTART)
      const isJoined = await joined()
      const config = wanted(isJoined ? '' : await context.token())
      const ours = ledger.receipt().claims.some((claim) => claim.path === EDGECORE_CONFIG)
      const before = ours ? readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? '') : undefined
      const text = edgecoreText(mergedConfig(before, config))
      await writingTo(host, { file: EDGECORE_CONFIG, size: text.length }, async () => {
        for (const tree of EDGECORE_TREES) await ledger.own(tree)
        await ledger.claim(EDGECORE_CONFIG)
        // The kubelet in EdgeCore logs an error each second while its folder for static pods is not there.
        await mkdir(onHost(host, '/etc/kubeedge/manifests'), { recursive: true })
        await writeFileAtomic(onHost(host, EDGECORE_CONFIG), text, MODE)
      })
      if (!isJoined) await forgetCertificate(host)
    },
    async undo() {
      await ledger.release(EDGECORE_CONFIG)
      await unmark(host, RESTART)
    },
  }
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode & 0o7777
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
