import { shellWord } from '@edgelift/core'
import { ask, type Host, readHostFile } from './host.ts'

/** What turns swap on at each boot. */
export type SwapSource =
  | { readonly kind: 'fstab' }
  /** A unit of /etc/systemd/system, which cannot be masked, or a service that calls swapon itself. */
  | { readonly kind: 'enabled'; readonly unit: string }
  /** A swap unit that a generator or a package brings: of zram-generator, rpi-swap, or for a partition that systemd finds. */
  | { readonly kind: 'brought'; readonly unit: string }

/** Services that call swapon themselves: Raspberry Pi OS, Debian's zram-tools, Ubuntu's zram-config, Armbian. */
const SERVICES = [
  'dphys-swapfile.service',
  'zramswap.service',
  'zram-config.service',
  'armbian-zram-config.service',
]
const FSTAB_LINE = /^\s*[^#\s]\S*\s+\S+\s+swap(\s|$)/m

/** Finds what turns swap on at boot; what cannot be learnt is left out. */
export async function swapSources(host: Host): Promise<readonly SwapSource[]> {
  const properties = 'Id,LoadState,FragmentPath,SourcePath,UnitFileState'
  const [fstab, units] = await Promise.all([
    readHostFile(host, '/etc/fstab'),
    ask(host, 'systemctl', 'show', '-p', properties, '*.swap', ...SERVICES),
  ])
  const ofFstab: SwapSource[] = FSTAB_LINE.test(fstab ?? '') ? [{ kind: 'fstab' }] : []
  return [...ofFstab, ...(units ?? '').split(/\n\s*\n/).flatMap((block) => sourceOf(block) ?? [])]
}

/** Swap that somebody turned on has a unit too, without a file. */
function sourceOf(block: string): SwapSource | undefined {
  const shown = Object.fromEntries(block.split('\n').map((line) => line.trim().split(/=(.*)/, 2)))
  const { Id: unit, LoadState, FragmentPath: file, SourcePath, UnitFileState } = shown
  if (!unit || !file || LoadState !== 'loaded') return undefined
  if (unit.endsWith('.service'))
    return /^(enabled|generated)/.test(UnitFileState ?? '') ? { kind: 'enabled', unit } : undefined
  if (SourcePath === '/etc/fstab') return undefined
  return { kind: file.startsWith('/etc/systemd/system/') ? 'enabled' : 'brought', unit }
}

/** Turns swap off, now and at the next boot. */
export function swapOff(sources: readonly SwapSource[]): string {
  const units = (wanted: SwapSource['kind']) =>
    sources.flatMap((one) => (one.kind === wanted && 'unit' in one ? shellWord(one.unit) : []))
  const enabled = units('enabled')
  const brought = units('brought')
  return [
    'swapoff -a',
    ...(sources.some(({ kind }) => kind === 'fstab')
      ? ["sed -i -E '/^[^#].*\\sswap(\\s|$)/s/^/#/' /etc/fstab"]
      : []),
    ...(enabled.length > 0 ? [`systemctl disable ${enabled.join(' ')}`] : []),
    ...(brought.length > 0 ? [`systemctl mask ${brought.join(' ')}`] : []),
  ].join('; ')
}
