import { formatBytes, type Text } from '@edgelift/core'
import type { Facts } from '../node/facts.ts'
import { swapOff } from '../node/swap.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

const CLOUD_MEMORY = 1_900_000_000 // the stack was seen with 0.8 GB resident, and pods need room
const EDGE_MEMORY = 480_000_000 // the stack was seen with 0.27 GB resident
/** When K3s v1.34.2+k3s1 was released: no machine that installs it can have an earlier time. */
const EARLIEST = Date.UTC(2025, 10, 13) / 1000

/** What of the machine itself keeps an installation out or disturbs it. Pure. */
export function hostFindings(context: PreflightContext): Finding[] {
  const { facts } = context
  return [
    ...privilege(context),
    ...systemd(facts),
    ...memory(context),
    ...swap(facts),
    ...time(facts),
    ...confinement(facts),
  ]
}

function privilege({ facts, dryRun }: PreflightContext): Finding[] {
  if (facts.root) return []
  return [
    {
      code: 'NOT_ROOT',
      severity: dryRun ? 'warning' : 'error',
      seen: { en: 'not running as root', zh: '当前不是 root 用户' },
      matters: dryRun
        ? {
            en: 'checks that need root were skipped: programs behind ports, ufw, an earlier installation',
            zh: '仅 root 可见的内容未检查：占用端口的程序、ufw、以往的安装',
          }
        : { en: 'units, mounts and /usr/local need root', zh: '安装服务、挂载及 /usr/local 需要 root' },
      fix: { en: 'run it with sudo', zh: '请使用 sudo 运行' },
    },
  ]
}

function systemd(facts: Facts): Finding[] {
  if (facts.systemd) return []
  return [
    {
      code: 'NO_SYSTEMD',
      severity: 'error',
      seen: { en: 'systemd is not running', zh: '本机未运行 systemd' },
      matters: { en: 'the services are systemd units', zh: '各服务以 systemd 单元运行' },
      fix: { en: 'use a distribution with systemd', zh: '请使用带 systemd 的发行版' },
    },
  ]
}

function memory({ facts, manifest }: PreflightContext): Finding[] {
  const floor = manifest.role === 'cloud' ? CLOUD_MEMORY : EDGE_MEMORY
  if (facts.memoryBytes >= floor) return []
  return [
    {
      code: 'MEMORY_SMALL',
      severity: 'warning',
      seen: {
        en: `${formatBytes(facts.memoryBytes)} of memory`,
        zh: `内存 ${formatBytes(facts.memoryBytes)}`,
      },
      matters: {
        en: `less than ${formatBytes(floor)}: pods may be killed`,
        zh: `少于 ${formatBytes(floor)}：Pod 可能被终止`,
      },
      fix: { en: 'use a machine with more memory', zh: '请使用内存更大的机器' },
    },
  ]
}

function swap(facts: Facts): Finding[] {
  if (facts.swapBytes === 0) return []
  return [
    {
      code: 'SWAP_ON',
      severity: 'warning',
      seen: {
        en: `swap is on (${formatBytes(facts.swapBytes)})`,
        zh: `启用了 ${formatBytes(facts.swapBytes)} 交换空间`,
      },
      matters: {
        en: 'memory limits of pods have no effect, and a node short of memory becomes slow instead of evicting pods',
        zh: 'Pod 内存限制不严格；内存不足时节点变慢而不是驱逐 Pod',
      },
      fix: swapFix(facts),
    },
  ]
}

function swapFix({ swapSources }: Facts): Text {
  const command = swapOff(swapSources)
  if (swapSources.length > 0) return { en: command, zh: `执行 ${command}` }
  return {
    en: `${command}; neither /etc/fstab nor a unit turns it on at boot`,
    zh: `执行 ${command}；未发现开机时启用它的 /etc/fstab 条目或 systemd 单元`,
  }
}

const ZONE = '/usr/share/zoneinfo/UTC'
/** A link that leads nowhere may be in its place. */
const LINK_ZONE: Text = {
  en: `ln -sf ${ZONE} /etc/localtime`,
  zh: `执行 ln -sf ${ZONE} /etc/localtime`,
}
const COPY_ZONE: Text = {
  en: `install tzdata and run: ln -sf ${ZONE} /etc/localtime; or remove /etc/localtime and copy ${ZONE} of another machine there`,
  zh: `安装 tzdata 后执行 ln -sf ${ZONE} /etc/localtime；或删除 /etc/localtime，再将其他机器的 ${ZONE} 复制为该文件`,
}

function time(facts: Facts): Finding[] {
  const findings: Finding[] = []
  if (!facts.localtime) {
    findings.push({
      code: 'NO_LOCALTIME',
      severity: 'error',
      seen: { en: '/etc/localtime is missing', zh: '缺少 /etc/localtime' },
      matters: {
        en: 'CloudCore and EdgeMesh mount it and cannot start without it',
        zh: 'CloudCore 与 EdgeMesh 需要挂载它，缺少则无法启动',
      },
      fix: facts.zoneinfo ? LINK_ZONE : COPY_ZONE,
    })
  }
  if (facts.clock < EARLIEST) {
    const day = new Date(facts.clock * 1000).toISOString().slice(0, 10)
    findings.push({
      code: 'CLOCK_WRONG',
      severity: 'error',
      seen: { en: `this machine's clock says ${day}`, zh: `本机时钟为 ${day}` },
      matters: {
        en: 'certificates depend on the clock: they become invalid once it is corrected',
        zh: '证书的签发与校验依赖时钟：时钟校正后证书将失效',
      },
      fix: {
        en: "timedatectl set-ntp false; timedatectl set-time '2026-01-31 12:00:00'; then synchronise it with a time server of your own (chrony, systemd-timesyncd)",
        zh: "执行 timedatectl set-ntp false; timedatectl set-time '2026-01-31 12:00:00'；然后用 chrony 或 systemd-timesyncd 对接内网时间服务器",
      },
    })
  }
  return findings
}

function confinement(facts: Facts): Finding[] {
  const findings: Finding[] = []
  if (facts.selinux === 'Enforcing') {
    findings.push({
      code: 'SELINUX_ENFORCING',
      severity: 'warning',
      seen: { en: 'SELinux is enforcing', zh: 'SELinux 处于 enforcing 模式' },
      matters: {
        en: 'without its container policy, containers may be denied what they need',
        zh: '若无容器策略，容器可能被拒绝访问',
      },
      fix: {
        en: 'install container-selinux; or set it to permissive: setenforce 0, and SELINUX=permissive in /etc/selinux/config',
        zh: '请安装 container-selinux；或设为 permissive：执行 setenforce 0，并在 /etc/selinux/config 中设置 SELINUX=permissive',
      },
    })
  }
  if (facts.apparmor) {
    findings.push({
      code: 'APPARMOR_ON',
      severity: 'note',
      seen: { en: 'AppArmor is on', zh: 'AppArmor 已启用' },
      matters: {
        en: "containers run under the runtime's own profile",
        zh: '容器在运行时自带的配置文件下运行',
      },
      fix: { en: 'nothing to do', zh: '无需处理' },
    })
  }
  return findings
}
