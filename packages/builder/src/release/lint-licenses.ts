import { error, type Finding } from '../findings.ts'
import { licenseIds } from '../sbom/licenses.ts'
import type { Release } from './schema.ts'
import { formatPath } from './schema-errors.ts'

/** Licences that are no SPDX expression: scanners could not read them. */
export function checkLicenses({ files, images, imageLists, imageFiles, charts }: Release): Finding[] {
  const parts = { files, images, imageLists, imageFiles, charts }
  const findings: Finding[] = []
  for (const [kind, named] of Object.entries(parts)) {
    for (const [name, part] of Object.entries(named)) {
      for (const [path, license] of licensesIn(part)) {
        if (licenseIds(license) !== undefined) continue
        findings.push(
          error('LICENSE', formatPath([kind, name, ...path]), {
            en: `"${license}" is not an SPDX license expression (https://spdx.org/licenses): write Apache-2.0, or MIT AND Zlib`,
            zh: `"${license}" 不是 SPDX 许可证表达式（https://spdx.org/licenses）：例如 Apache-2.0，或 MIT AND Zlib`,
          }),
        )
      }
    }
  }
  return findings
}

interface Licensed {
  readonly license?: string | undefined
  readonly licenses?: Readonly<Record<string, string>> | undefined
  readonly software?: object | undefined
}

function licensesIn({ license, licenses, software }: Licensed): [readonly string[], string][] {
  const own: [readonly string[], string][] = license === undefined ? [] : [[['license'], license]]
  const listed = Object.entries(licenses ?? {}).map(([name, one]): [readonly string[], string] => [
    ['licenses', name],
    one,
  ])
  const programs = Object.entries(software ?? {}).flatMap(([key, value]): [readonly string[], string][] => {
    if (key === 'license' && typeof value === 'string') return [[['software', key], value]]
    const inner = (value as { license?: unknown } | null)?.license
    return typeof inner === 'string' ? [[['software', key, 'license'], inner]] : []
  })
  return [...own, ...listed, ...programs]
}
