import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Digest, type Exec, formatBytes, lastLines } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { fail } from '../codes.ts'

/** What `helm template` printed, or why it did not. */
export type Rendered = { readonly text: string } | { readonly reason: string }

/** What `helm template` is asked for. */
export interface Template {
  readonly release: string
  readonly namespace: string
  /** A packed chart of the store. */
  readonly packed: Digest
  /** JSON. */
  readonly values: string
  /** Options of `helm template` about the cluster. */
  readonly cluster: readonly string[]
}

export interface Helm extends AsyncDisposable {
  template(template: Template): Promise<Rendered>
}

const RENDER_TIMEOUT = 60_000
/** Bytes to which a chart may render. Helm keeps a release in a Secret, which holds 1 MiB compressed. */
const RENDERED_LIMIT = 32 * 1024 * 1024

/**
 * Makes the archive's own helm ready in a temporary folder. It gets an empty environment, its own homes, and a proxy
 * that leads nowhere: a chart cannot reach the network.
 * @throws HELM_UNAVAILABLE when it does not run here
 */
export async function openHelm(store: Store, program: Digest, exec: Exec): Promise<Helm> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'edgelift-render-'))
  const helm = path.join(folder, 'helm')
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const env = emptyEnvironment(folder)
  const options = { env, cwd: folder, timeout: RENDER_TIMEOUT, keep: RENDERED_LIMIT }
  const run = (args: readonly string[]) => exec(helm, args, options)
  try {
    await copyFile(store.pathOf(program), helm)
    await chmod(helm, 0o700)
    await mkdir(path.join(folder, 'home'))
    const version = await run(['version', '--short']).catch((error: Error) => ({
      code: 1,
      stdout: '',
      stderr: error.message,
    }))
    if (version.code !== 0) throw unavailable(lastLines(version.stderr || version.stdout, 3))
  } catch (error) {
    await dispose()
    throw error
  }
  const laid = new Map<Digest, Promise<string>>()
  let count = 0

  /** Helm tells a packed chart by its suffix. Copied once: another helm may be reading it already. */
  function packedFile(packed: Digest): Promise<string> {
    const file = laid.get(packed) ?? copyChart(store, packed, folder)
    laid.set(packed, file)
    return file
  }

  return {
    [Symbol.asyncDispose]: dispose,
    async template({ release, namespace, packed, values, cluster }) {
      const file = path.join(folder, `values-${count++}.json`)
      await writeFile(file, values, { mode: 0o600 })
      const place = ['--namespace', namespace, '--values', file, '--include-crds', '--skip-tests']
      const result = await run(['template', release, await packedFile(packed), ...place, ...cluster])
      if (result.isCut) return { reason: `it renders to more than ${formatBytes(RENDERED_LIMIT)}` }
      if (result.code === 0) return { text: result.stdout }
      return { reason: lastLines(result.stderr || result.stdout, 6).replaceAll(`${folder}/`, '') }
    },
  }
}

async function copyChart(store: Store, packed: Digest, folder: string): Promise<string> {
  const file = path.join(folder, `${packed.slice('sha256:'.length)}.tgz`)
  await copyFile(store.pathOf(packed), file)
  return file
}

function emptyEnvironment(folder: string): Record<string, string> {
  const home = path.join(folder, 'home')
  const nowhere = 'http://127.0.0.1:9' // the discard port
  return {
    HOME: home,
    HELM_CACHE_HOME: path.join(home, 'cache'),
    HELM_CONFIG_HOME: path.join(home, 'config'),
    HELM_DATA_HOME: path.join(home, 'data'),
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
  }
}

function unavailable(because: string): Error {
  return fail('HELM_UNAVAILABLE', {
    what: {
      en: 'the helm that the cloud archive carries does not run on this machine',
      zh: '云端离线包所带的 helm 无法在本机运行',
    },
    because: because || { en: 'it printed nothing', zh: '没有任何输出' },
    fix: {
      en: 'lock on a Linux machine of one of the release’s platforms, with a temporary folder that is not mounted noexec (TMPDIR)',
      zh: '请在发布所支持平台的 Linux 机器上执行 lock，且临时目录（TMPDIR）不能以 noexec 挂载',
    },
  })
}
