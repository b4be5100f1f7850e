import { archOf } from '@edgelift/bundle'
import { type Facts, isUnread } from '../node/facts.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

const MACHINES = { amd64: ['x86_64', 'amd64'], arm64: ['aarch64', 'arm64'] } as const

/** What of the processor, the kernel and its packet filter keeps an installation out. Pure. */
export function kernelFindings(context: PreflightContext): Finding[] {
  const { facts } = context
  return [
    ...platform(context),
    ...kernelVersion(facts),
    ...cgroups(context),
    ...modules(facts),
    ...iptables(context),
  ]
}

function platform({ facts, manifest }: PreflightContext): Finding[] {
  const arch = archOf(manifest.platform)
  if ((MACHINES[arch] as readonly string[]).includes(facts.machine)) return []
  return [
    {
      code: 'WRONG_PLATFORM',
      severity: 'error',
      seen: {
        en: `this machine is ${facts.machine}, the archive is for ${arch}`,
        zh: `本机为 ${facts.machine}，离线包用于 ${arch}`,
      },
      matters: { en: 'its programs cannot run on this machine', zh: '其中的程序无法在本机运行' },
      fix: { en: 'use the archive for this machine', zh: '请使用适用于本机的离线包' },
    },
  ]
}

/** The runtime's Node and containerd are tested by their makers with 4.18 and newer; older than 3.10 has no overlay. */
function kernelVersion({ kernel }: Facts): Finding[] {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(kernel) ?? []
  if (major === '') return []
  const number = Number(major) * 1000 + Number(minor)
  if (number >= 4018) return []
  const isTooOld = number < 3010
  return [
    {
      code: 'KERNEL_OLD',
      severity: isTooOld ? 'error' : 'warning',
      seen: { en: `kernel ${kernel}`, zh: `内核 ${kernel}` },
      matters: isTooOld
        ? { en: 'containers need 3.10 or newer', zh: '容器需要 3.10 或更高版本' }
        : {
            en: 'Kubernetes and its runtime are tested with 4.18 and newer',
            zh: 'Kubernetes 及其运行时的测试范围为 4.18 及以上版本',
          },
      fix: { en: 'use a distribution with a newer kernel', zh: '请使用内核更新的发行版' },
    },
  ]
}

/** K3s: v1 needs memory, v2 needs cpu, cpuset and memory (k3s pkg/cgroups/cgroups_linux.go). */
function cgroups({ facts, manifest }: PreflightContext): Finding[] {
  const { version, controllers } = facts.cgroup
  const needed = version === 2 || manifest.role === 'edge' ? ['cpu', 'cpuset', 'memory'] : ['memory']
  const missing = needed.filter((name) => !controllers.includes(name))
  if (missing.length === 0) return []
  const list = missing.join(', ')
  return [
    {
      code: 'CGROUP_CONTROLLER_MISSING',
      severity: 'error',
      seen: { en: `cgroup v${version} without: ${list}`, zh: `cgroup v${version} 缺少控制器：${list}` },
      matters: {
        en: 'containers cannot be limited, and the kubelet does not start',
        zh: '无法限制容器，kubelet 不能启动',
      },
      fix: missing.includes('memory')
        ? {
            en: 'add cgroup_enable=memory cgroup_memory=1 to the kernel command line and reboot (Raspberry Pi: to the one line of /boot/firmware/cmdline.txt, on Debian 11 /boot/cmdline.txt)',
            zh: '在内核参数中加入 cgroup_enable=memory cgroup_memory=1 并重启（树莓派：写在 /boot/firmware/cmdline.txt 的同一行中，Debian 11 为 /boot/cmdline.txt）',
          }
        : { en: `use a kernel with the controllers ${list}`, zh: `请使用带有控制器 ${list} 的内核` },
    },
  ]
}

function modules(facts: Facts): Finding[] {
  return ['overlay', 'br_netfilter']
    .filter((name) => facts.modules[name] === false)
    .map((name): Finding => {
      const isOverlay = name === 'overlay'
      return {
        code: 'MODULE_MISSING',
        severity: isOverlay ? 'error' : 'warning',
        seen: {
          en: `the kernel lacks ${name}: it is neither loaded nor built in, and cannot be loaded`,
          zh: `内核没有 ${name}：未加载、未内建，也无法加载`,
        },
        matters: isOverlay
          ? { en: 'container file systems need it', zh: '容器文件系统依赖它' }
          : {
              en: 'pods on one node may not reach each other at service addresses',
              zh: '同一节点上的 Pod 可能无法通过 Service 地址互访',
            },
        fix: {
          en: `install the kernel's module package, or a kernel with ${name}`,
          zh: `请安装内核模块软件包，或更换带有 ${name} 的内核`,
        },
      }
    })
}

function iptables({ facts }: PreflightContext): Finding[] {
  if (isUnread(facts, 'iptables')) return []
  if (facts.iptables === undefined) {
    return [
      {
        code: 'IPTABLES_MISSING',
        severity: 'error',
        seen: { en: 'iptables is missing', zh: '缺少 iptables' },
        matters: {
          en: 'CNI plugins, kube-proxy and CloudCore need it',
          zh: 'CNI 插件、kube-proxy 与 CloudCore 依赖它',
        },
        fix: {
          en: "install the distribution's iptables package (RHEL 9: iptables-nft)",
          zh: '请安装发行版的 iptables 软件包（RHEL 9：iptables-nft）',
        },
      },
    ]
  }
  const { version, backend } = facts.iptables
  // K3s docs, known issues: these versions may make rules that do not work.
  if (backend === 'nft' && /^1\.8\.[0-4](\D|$)/.test(version)) {
    return [
      {
        code: 'IPTABLES_FAULTY',
        severity: 'warning',
        seen: { en: `iptables ${version} (nft)`, zh: `iptables ${version}（nft）` },
        matters: {
          en: 'versions 1.8.0 to 1.8.4 lose or duplicate rules',
          zh: '1.8.0 至 1.8.4 版本已知会丢失或重复规则',
        },
        fix: {
          en: 'use a newer one; or, where the distribution has it (RHEL 8 does not), the legacy one: update-alternatives --set iptables /usr/sbin/iptables-legacy',
          zh: '请升级；若发行版提供 legacy 版本（RHEL 8 没有），可改用：update-alternatives --set iptables /usr/sbin/iptables-legacy',
        },
      },
    ]
  }
  return []
}
