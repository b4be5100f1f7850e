import type { BundleManifest } from '@edgelift/bundle'
import { formatBytes, shellWord } from '@edgelift/core'
import type { Place } from '../node/facts.ts'
import { PLACES } from '../node/places.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from '../node/pressure.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** K3s and containerd write images to disk once more than the archive holds, and logs and pods come on top. */
const DISK_FACTOR = 3
/** For settings, the journal, logs. */
const A_LITTLE = 10_000_000

/** A folder that an installation needs. */
interface Need {
  readonly path: string
  /** Bytes that it has to take. */
  readonly bytes: number
  /** Whether programs are run from there: `error` where none of them would start. */
  readonly runs?: 'error' | 'warning'
}

/** Free space, read-only and noexec mounts, where the data goes and where the archive lies. Pure. */
export function diskFindings(context: PreflightContext): Finding[] {
  const { facts, directory } = context
  const at = (wanted: string) => facts.places.find(({ path }) => path === wanted)
  const needed = needs(context).flatMap((need) => {
    const place = at(need.path)
    return place === undefined ? [] : [{ need, place }]
  })
  const archive = at(directory)
  const tooSmall = space(needed)
  return [
    ...tooSmall,
    ...(tooSmall.length > 0 ? [] : pressure(context, needed)),
    ...needed.filter(({ place }) => place.options.includes('ro')).map(({ place }) => readOnly(place)),
    ...needed.flatMap(({ need, place }) =>
      need.runs !== undefined && place.options.includes('noexec') ? [noexec(place, need.runs)] : [],
    ),
    ...(archive?.options.includes('noexec') === true ? [directoryNoexec(archive)] : []),
  ]
}

function needs(context: PreflightContext): Need[] {
  const { settings, directory, kubeEdgeOnly, psk } = context
  const files = newFiles(context)
  const isRuntime = (path: string) => path.startsWith('runtime/')
  const sizeOf = (some: typeof files) => some.reduce((sum, file) => sum + file.size, 0)
  const programs = sizeOf(files.filter(({ path, mode }) => mode === '0755' && !isRuntime(path)))
  const data = sizeOf(files) * DISK_FACTOR
  const runtime = sizeOf(files.filter(({ path }) => isRuntime(path)))
  const common: Need[] = [
    { path: PLACES.settings, bytes: A_LITTLE },
    { path: PLACES.state, bytes: A_LITTLE },
    { path: PLACES.logs, bytes: A_LITTLE },
  ]
  if (settings.role === 'edge') {
    return [
      { path: PLACES.programs, bytes: programs, runs: 'error' },
      { path: PLACES.cniPrograms, bytes: 0, runs: 'error' },
      { path: PLACES.containerd, bytes: data, runs: 'warning' },
      { path: PLACES.pods, bytes: A_LITTLE, runs: 'warning' },
      ...common,
    ]
  }
  if (psk.state === 'made') common.push({ path: directory, bytes: 0 })
  const mesh = settings.edgemesh && settings.meshRefresh ? runtime : 0
  if (kubeEdgeOnly) return mesh === 0 ? common : [{ path: PLACES.programs, bytes: mesh }, ...common]
  return [
    { path: PLACES.programs, bytes: programs + mesh, runs: 'error' },
    // K3s unpacks the programs that it carries there.
    { path: PLACES.k3s, bytes: data, runs: 'error' },
    { path: PLACES.pods, bytes: A_LITTLE, runs: 'warning' },
    ...common,
  ]
}

/** An upgrade holds old and new at once; what an earlier run of the same release laid down takes its space already. */
function newFiles({ manifest, facts, before }: PreflightContext): BundleManifest['files'] {
  if (facts.installed === undefined) return manifest.files
  const isSame = before === undefined || before.lock === manifest.lock
  if (isSame) return []
  const there = new Set(before.manifest?.files.map(({ integrity }) => integrity))
  return manifest.files.filter(({ integrity }) => !there.has(integrity))
}

interface Needed {
  readonly need: Need
  readonly place: Place
}

/** What lies on one file system shares its space. */
function bytesOn(needed: readonly Needed[], mount: string): number {
  return needed.filter(({ place }) => place.mount === mount).reduce((sum, { need }) => sum + need.bytes, 0)
}

function space(needed: readonly Needed[]): Finding[] {
  const mounts = [...new Set(needed.map(({ place }) => place.mount))]
  return mounts.flatMap((mount): Finding[] => {
    const here = needed.filter(({ place }) => place.mount === mount)
    const bytes = bytesOn(needed, mount)
    const free = Math.min(...here.map(({ place }) => place.freeBytes))
    if (free >= bytes) return []
    const folders = here.filter(({ need }) => need.bytes > 0).map(({ place }) => place.path)
    return [
      {
        code: 'DISK_TOO_SMALL',
        severity: 'error',
        seen: {
          en: `${formatBytes(free)} free on ${mount} (${folders.join(', ')})`,
          zh: `${mount}（${folders.join('、')}）剩余 ${formatBytes(free)}`,
        },
        matters: {
          en: `images, containers and logs need ${formatBytes(bytes)}`,
          zh: `镜像、容器和日志需要 ${formatBytes(bytes)}`,
        },
        fix: { en: 'free some space, or mount a larger disk there', zh: '请释放空间或挂载更大的磁盘' },
      },
    ]
  })
}

/** A warning, not an error: a kubelet can be told to content itself with less. */
function pressure(
  { settings: { role }, facts, kubeEdgeOnly }: PreflightContext,
  needed: readonly Needed[],
): Finding[] {
  if (kubeEdgeOnly) return []
  return diskPressure(facts.places, role, ({ mount }) => bytesOn(needed, mount)).map((one) => ({
    code: 'DISK_PRESSURE',
    severity: 'warning',
    seen: pressureSeen(one),
    matters: pressureMatters(one, role),
    fix: pressureFix(one),
  }))
}

function readOnly({ path, mount }: Place): Finding {
  return {
    code: 'DISK_READ_ONLY',
    severity: 'error',
    seen: { en: `${path} is on a read-only mount`, zh: `${path} 位于只读挂载上` },
    matters: { en: 'nothing can be written there', zh: '无法写入' },
    fix: {
      en: `mount -o remount,rw ${shellWord(mount)}`,
      zh: `执行 mount -o remount,rw ${shellWord(mount)}`,
    },
  }
}

function noexec({ path, mount }: Place, severity: 'error' | 'warning'): Finding {
  return {
    code: 'MOUNT_NOEXEC',
    severity,
    seen: { en: `${path} is on a file system mounted noexec`, zh: `${path} 所在文件系统以 noexec 挂载` },
    matters: { en: 'programs cannot run from there', zh: '无法从中启动程序' },
    fix: {
      en: `mount -o remount,exec ${shellWord(mount)}, and change /etc/fstab`,
      zh: `执行 mount -o remount,exec ${shellWord(mount)}，并修改 /etc/fstab`,
    },
  }
}

function directoryNoexec({ mount }: Place): Finding {
  return {
    code: 'DIRECTORY_NOEXEC',
    severity: 'error',
    seen: { en: 'this directory is on a file system mounted noexec', zh: '本目录所在文件系统以 noexec 挂载' },
    matters: { en: 'the programs of the archive cannot run', zh: '无法运行离线包中的程序' },
    fix: {
      en: `move the directory to another file system, or: mount -o remount,exec ${shellWord(mount)}`,
      zh: `请将目录移到其他文件系统，或执行 mount -o remount,exec ${shellWord(mount)}`,
    },
  }
}
