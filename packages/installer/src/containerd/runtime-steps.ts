import { chown, stat } from 'node:fs/promises'
import { isErrno, writeFileAtomic } from '@edgelift/core'
import type { EdgeContext } from '../kubeedge/edge-context.ts'
import { CONTAINERD_TREES, EDGE_FOLDERS, removeBundledPods } from '../kubeedge/edge-remove.ts'
import { existsOnHost, onHost } from '../node/host.ts'
import { isActive, isEnabled, runUnit, startedAfter, stopUnit, unitLog } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { fail } from '../problem/codes.ts'
import { isMarked, mark, unmark } from '../state/markers.ts'
import { filesStep } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'
import {
  CONFLIST_FILE,
  CONTAINERD_CONFIG,
  CONTAINERD_UNIT,
  CONTAINERD_UNIT_FILE,
  containerdConfig,
  KERNEL_FILES,
  RUNTIME_PROGRAMS,
} from './files.ts'

/** Container runtime, its configuration and its start (G40): the archive's own, or the host's, which is only adapted. */
export function runtimeSteps(context: EdgeContext): Step[] {
  return context.runtime.kind === 'bundled'
    ? [bundledFilesStep(context), startStep(context)]
    : [hostFilesStep(context), hostConfigStep(context), startStep(context)]
}

function bundledFilesStep(context: EdgeContext): Step {
  const config = {
    to: CONTAINERD_CONFIG,
    mode: 0o644,
    content: containerdConfig(context.settings.sandboxImage),
  }
  return filesStep(context, {
    id: 'container-runtime',
    title: { en: 'containerd, runc and CNI plugins', zh: '安装 containerd、runc 与 CNI 插件' },
    laid: RUNTIME_PROGRAMS,
    written: [...KERNEL_FILES, CONFLIST_FILE, config, CONTAINERD_UNIT_FILE],
  })
}

function hostFilesStep(context: EdgeContext): Step {
  return filesStep(context, {
    id: 'container-runtime',
    title: {
      en: "the pods' network for this host's containerd",
      zh: '为本机 containerd 准备 Pod 网络（CNI）',
    },
    laid: context.cni?.laid ?? [],
    written: [...KERNEL_FILES, ...(context.cni?.written ?? [])],
  })
}

/** Changes the host's own configuration where it has to, with the file's bytes kept for a cleanup. */
function hostConfigStep(context: EdgeContext): Step {
  const { host, ledger, runtime } = context
  const { found } = runtime
  const file = found?.configFile ?? CONTAINERD_CONFIG
  const ours = `written${file}`
  return {
    id: 'containerd-config',
    title: { en: "this host's containerd configuration", zh: '调整本机 containerd 配置' },
    check: async () => found?.plan.kind === 'right',
    async apply() {
      if (found?.plan.kind !== 'change') throw notChangeable()
      await mark(host, ours)
      await ledger.claim(file)
      const { uid, gid, mode } = await statOf(onHost(host, file))
      await writeFileAtomic(onHost(host, file), found.plan.text, mode & 0o7777)
      await chown(onHost(host, file), uid, gid)
    },
    async undo() {
      if (!(await isMarked(host, ours))) return
      await ledger.release(file)
      if (await isActive(host, CONTAINERD_UNIT)) await host.exec('systemctl', ['restart', CONTAINERD_UNIT])
      await unmark(host, ours)
    },
  }
}

function notChangeable(): Error {
  return fail('STEP_FAILED', {
    what: {
      en: "this host's containerd configuration cannot be changed here",
      zh: '无法自动修改本机 containerd 配置',
    },
    fix: {
      en: './install.sh --dry-run says what to change',
      zh: '执行 ./install.sh --dry-run 查看需要修改的内容',
    },
  })
}

async function statOf(file: string): Promise<{ uid: number; gid: number; mode: number }> {
  try {
    return await stat(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { uid: 0, gid: 0, mode: 0o644 }
    throw error
  }
}

function startStep(context: EdgeContext): Step {
  const { host, ledger, runtime } = context
  const bundled = runtime.kind === 'bundled'
  const started = `started/${CONTAINERD_UNIT}`
  /** A service that was started before one of its files was laid down runs on what was there before. */
  const files = bundled
    ? ['/usr/local/bin/containerd', CONTAINERD_CONFIG, CONTAINERD_UNIT_FILE.to]
    : [runtime.found?.configFile ?? CONTAINERD_CONFIG]
  const answers = async () => {
    if (!(await existsOnHost(host, runtime.socket))) return false
    const [command, ...args] = runtime.ctr
    const result = await host.exec(command, [...args, 'version'], { timeout: 10_000 })
    return result.code === 0
  }
  return {
    id: 'containerd-start',
    title: { en: 'start containerd', zh: '启动 containerd' },
    check: async () =>
      (!bundled || (await isEnabled(host, CONTAINERD_UNIT))) &&
      (await isActive(host, CONTAINERD_UNIT)) &&
      (await startedAfter(host, CONTAINERD_UNIT, files)) &&
      (await answers()),
    async apply() {
      for (const folder of EDGE_FOLDERS) await ledger.folder(folder)
      if (bundled) for (const tree of CONTAINERD_TREES) await ledger.own(tree)
      await host.exec('modprobe', ['-a', 'overlay', 'br_netfilter']).catch(() => undefined)
      await host
        .exec('sysctl', ['-q', '-p', onHost(host, '/etc/sysctl.d/90-edgelift.conf')])
        .catch(() => undefined)
      if (!bundled && !(await isActive(host, CONTAINERD_UNIT))) await mark(host, started)
      await runUnit(host, CONTAINERD_UNIT, files, { enable: bundled })
      await waitUntil({
        ...context,
        services: { host, units: [CONTAINERD_UNIT] },
        id: 'containerd',
        what: { en: 'containerd is ready', zh: 'containerd 就绪' },
        deadline: 60,
        look: async () =>
          ((await startedAfter(host, CONTAINERD_UNIT, files)) && (await answers())) || {
            en: 'it does not respond yet',
            zh: '尚无响应',
          },
        words: () => unitLog(host, CONTAINERD_UNIT),
        fix: { en: 'see journalctl -u containerd', zh: '查看 journalctl -u containerd' },
      })
    },
    async undo() {
      if (bundled) {
        await stopUnit(host, CONTAINERD_UNIT)
        await removeBundledPods(host, ledger)
      } else if (await isMarked(host, started)) await host.exec('systemctl', ['stop', CONTAINERD_UNIT])
      await unmark(host, started)
    },
  }
}
