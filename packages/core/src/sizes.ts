/** The chunk in which files are read and written: 64 KiB, the streams' own default, is two to three times slower. */
export const CHUNK = 1024 * 1024

/** A byte count for people: `0 B`, `999 B`, `1.5 KB`, `38.4 MB` (powers of ten, as disks and registries count). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return unit === 0 ? `${value} B` : `${value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }
const BINARY_UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** Bytes of `4GB`, `700M` (powers of ten, as {@link formatBytes} writes them) or `4GiB`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit, binary] = /^(\d+(?:\.\d+)?) ?([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? []
  if (digits === undefined || unit === undefined) return undefined
  const units = binary === '' ? SIZE_UNITS : BINARY_UNITS
  const bytes = Math.floor(Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN))
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}
