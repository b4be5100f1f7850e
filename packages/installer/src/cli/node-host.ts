import { exec, takeLock } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'
import { sweepTree } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { CLIENTS_FOLDER, STATE_FOLDER } from '../state/journal.ts'

/** Gone with a reboot, and no part of what is installed. */
const LOCK = '/run/edgelift.lock'

/**
 * This very machine. Its programs get a clean environment: nothing of the launcher's runtime reaches them, and kubectl and helm
 * read and write nothing of their own in the home of whoever installs. kubectl's preferences there (kuberc, read by default as of
 * Kubernetes 1.34) may have every deletion ask first; helm's plugins are not ours to load. HOME stays, for credential plugins that
 * a kubeconfig names.
 * @param signal ends the programs that are running, too
 */
export function nodeHost(env: Env, signal?: AbortSignal): Host {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const clean = {
    PATH: path,
    HOME: env.HOME ?? '/root',
    LC_ALL: 'C',
    KUBECACHEDIR: CLIENTS_FOLDER,
    KUBERC: 'off',
    HELM_CACHE_HOME: CLIENTS_FOLDER,
    HELM_CONFIG_HOME: CLIENTS_FOLDER,
    HELM_DATA_HOME: CLIENTS_FOLDER,
  }
  const common = { env: clean, ...(signal === undefined ? {} : { signal }) }
  return {
    root: '/',
    env,
    now: Date.now,
    exec: (command, args, options) => exec(command, args, { ...common, ...options }),
  }
}

/**
 * Only one edgelift at a time changes this machine. What a killed one was writing into its state goes then.
 * @throws LOCKED with the other's PID
 */
export async function lockNode(host: Host): Promise<AsyncDisposable> {
  const lock = await takeLock(onHost(host, LOCK))
  await sweepTree(onHost(host, STATE_FOLDER))
  return lock
}

/** @throws NOT_ROOT for commands that read what only root may see */
export function requireRoot(command: string): void {
  if (isRoot()) return
  throw fail('NOT_ROOT', {
    what: { en: `${command} needs root`, zh: `${command} 需要 root 权限` },
    fix: { en: 'run it with sudo', zh: '请使用 sudo 运行' },
  })
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}
