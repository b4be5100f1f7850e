import type { BundleManifest } from '@edgelift/bundle'
import { archOf } from '@edgelift/bundle'
import { formatBytes } from '@edgelift/core'
import type { Facts } from '../facts/facts.ts'
import type { Finding } from './finding.ts'

const MACHINES = { amd64: ['x86_64', 'amd64'], arm64: ['aarch64', 'arm64'] } as const

/** K3s and containerd write images to disk once more than the archive holds, and logs and pods come on top. */
const DISK_FACTOR = 3
const CLOUD_MEMORY = 1_900_000_000 // the stack was seen with 0.8 GB resident, and pods need room
const EDGE_MEMORY = 480_000_000 // the stack was seen with 0.27 GB resident

/** What of the machine itself keeps an installation out or disturbs it. Pure. */
export function hostFindings(facts: Facts, manifest: BundleManifest): Finding[] {
  return [
    ...privilege(facts),
    ...platform(facts, manifest),
    ...system(facts),
    ...cgroups(facts, manifest),
    ...resources(facts, manifest),
    ...modules(facts),
    ...confinement(facts),
  ]
}

function privilege(facts: Facts): Finding[] {
  if (facts.root) return []
  return [
    {
      code: 'NOT_ROOT',
      severity: 'error',
      seen: { en: 'not running as root', zh: '当前不是 root 用户' },
      matters: { en: 'units, mounts and /usr/local need root', zh: '安装服务、挂载及 /usr/local 需要 root' },
      cure: { en: 'run it with sudo', zh: '请使用 sudo 运行' },
    },
  ]
}

function platform(facts: Facts, manifest: BundleManifest): Finding[] {
  const arch = archOf(manifest.platform)
  if ((MACHINES[arch] as readonly string[]).includes(facts.machine)) return []
  return [
    {
      code: 'WRONG_PLATFORM',
      severity: 'error',
      seen: {
        en: `this machine is ${facts.machine}, the archive is for ${arch}`,
        zh: `本机为 ${facts.machine}，归档用于 ${arch}`,
      },
      matters: { en: 'its programs cannot run here', zh: '其中的程序无法在本机运行' },
      cure: { en: 'use the archive for this machine', zh: '请使用适用于本机的归档' },
    },
  ]
}

function system(facts: Facts): Finding[] {
  const findings: Finding[] = []
  if (!facts.systemd) {
    findings.push({
      code: 'NO_SYSTEMD',
      severity: 'error',
      seen: { en: 'systemd is not running here', zh: '本机未运行 systemd' },
      matters: { en: 'the services are systemd units', zh: '各服务以 systemd 单元运行' },
      cure: { en: 'use a distribution with systemd', zh: '请使用带 systemd 的发行版' },
    })
  }
  if (!facts.localtime) {
    findings.push({
      code: 'NO_LOCALTIME',
      severity: 'error',
      seen: { en: '/etc/localtime is not there', zh: '缺少 /etc/localtime' },
      matters: {
        en: 'CloudCore and EdgeMesh mount it and cannot start without it',
        zh: 'CloudCore 与 EdgeMesh 需要挂载它，缺少则无法启动',
      },
      cure: {
        en: 'ln -s /usr/share/zoneinfo/UTC /etc/localtime',
        zh: '执行 ln -s /usr/share/zoneinfo/UTC /etc/localtime',
      },
    })
  }
  if (facts.swapBytes > 0) {
    findings.push({
      code: 'SWAP_ON',
      severity: 'warning',
      seen: {
        en: `${formatBytes(facts.swapBytes)} of swap are on`,
        zh: `启用了 ${formatBytes(facts.swapBytes)} 交换空间`,
      },
      matters: { en: 'pods may become slow without being limited', zh: 'Pod 可能变慢且不受限制' },
      cure: { en: 'swapoff -a, and remove it from /etc/fstab', zh: '执行 swapoff -a 并从 /etc/fstab 中移除' },
    })
  }
  return findings
}

/** K3s: v1 needs memory, v2 needs cpu, cpuset and memory (k3s pkg/cgroups/cgroups_linux.go). */
function cgroups(facts: Facts, manifest: BundleManifest): Finding[] {
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
        en: 'no container can be limited, and the kubelet does not start',
        zh: '无法限制容器，kubelet 不能启动',
      },
      cure: {
        en: 'add cgroup_enable=memory cgroup_memory=1 to the kernel command line and reboot',
        zh: '在内核参数中加入 cgroup_enable=memory cgroup_memory=1 并重启',
      },
    },
  ]
}

function resources(facts: Facts, manifest: BundleManifest): Finding[] {
  const findings: Finding[] = []
  const size = manifest.files.reduce((sum, file) => sum + file.size, 0)
  const needed = size * DISK_FACTOR
  const data = facts.disks.at(-1)
  if (data !== undefined && data.freeBytes < needed) {
    findings.push({
      code: 'DISK_TOO_SMALL',
      severity: 'error',
      seen: {
        en: `${formatBytes(data.freeBytes)} free below ${data.path}`,
        zh: `${data.path} 下剩余 ${formatBytes(data.freeBytes)}`,
      },
      matters: {
        en: `images and containers need ${formatBytes(needed)}`,
        zh: `镜像和容器需要 ${formatBytes(needed)}`,
      },
      cure: { en: 'free some space, or mount a larger disk there', zh: '请释放空间或挂载更大的磁盘' },
    })
  }
  for (const disk of facts.disks.filter((one) => one.readOnly)) {
    findings.push({
      code: 'DISK_READ_ONLY',
      severity: 'error',
      seen: { en: `${disk.path} is mounted read-only`, zh: `${disk.path} 为只读挂载` },
      matters: { en: 'nothing can be installed there', zh: '无法在其中安装' },
      cure: { en: `mount -o remount,rw ${disk.path}`, zh: `执行 mount -o remount,rw ${disk.path}` },
    })
  }
  const floor = manifest.role === 'cloud' ? CLOUD_MEMORY : EDGE_MEMORY
  if (facts.memoryBytes < floor) {
    findings.push({
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
      cure: { en: 'use a machine with more memory', zh: '请使用内存更大的机器' },
    })
  }
  return findings
}

function modules(facts: Facts): Finding[] {
  return ['overlay', 'br_netfilter']
    .filter((name) => facts.modules[name] === false)
    .map((name) => ({
      code: 'MODULE_MISSING',
      severity: name === 'overlay' ? 'error' : 'warning',
      seen: { en: `the kernel has no module ${name}`, zh: `内核没有模块 ${name}` },
      matters: { en: "containers' file systems or networks need it", zh: '容器文件系统或网络需要它' },
      cure: { en: `modprobe ${name}, or a kernel that has it`, zh: `执行 modprobe ${name}，或更换内核` },
    }))
}

function confinement(facts: Facts): Finding[] {
  const findings: Finding[] = []
  if (facts.selinux === 'Enforcing') {
    findings.push({
      code: 'SELINUX_ENFORCING',
      severity: 'warning',
      seen: { en: 'SELinux is enforcing', zh: 'SELinux 处于 enforcing 模式' },
      matters: {
        en: 'containers may be denied what they need without its policy for containers',
        zh: '若无容器策略，容器可能被拒绝访问',
      },
      cure: {
        en: 'install container-selinux, or set it to permissive',
        zh: '请安装 container-selinux，或设为 permissive',
      },
    })
  }
  if (facts.firewall !== undefined) {
    findings.push({
      code: 'FIREWALL_ACTIVE',
      severity: 'warning',
      seen: { en: `${facts.firewall} is active`, zh: `${facts.firewall} 已启用` },
      matters: {
        en: 'nodes must reach each other at the ports of docs/operator',
        zh: '节点之间需要互通文档所列端口',
      },
      cure: {
        en: 'open 6443, 10000, 10002, 10004 and 20006 (TCP) between cloud and edges',
        zh: '请在云边之间开放 TCP 6443、10000、10002、10004、20006',
      },
    })
  }
  return findings
}
