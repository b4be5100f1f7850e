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
