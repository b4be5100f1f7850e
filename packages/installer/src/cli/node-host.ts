import { exec } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'
import type { Host } from '../host.ts'

/** This very machine. Its programs get a clean environment: nothing of the launcher's runtime reaches them. */
export function nodeHost(env: Env): Host {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const clean = { PATH: path, HOME: env.HOME ?? '/root', LC_ALL: 'C' }
  return {
    root: '/',
    env,
    now: Date.now,
    exec: (command, args, options) => exec(command, args, { env: clean, ...options }),
  }
}
