// biome-ignore-all lint/suspicious/noTemplateCurlyInString: descriptions name the templates of releases
import { z } from 'zod'
import { expandText } from './templates.ts'

/** Of whatever can carry a licence in a release. */
export const License = z.string().optional().describe('SPDX expression, for the SBOM.')

/** What scanners know a program by. Versions come from the release and are never read out of a URL. */
export const Software = z.strictObject({
  version: z.string().min(1).describe('Upstream’s version: ${k3s}.'),
  purl: z
    .string()
    .regex(/^pkg:[a-z][a-z0-9.+-]*\/\S+$/, 'a package URL: pkg:TYPE/NAMESPACE/NAME@VERSION')
    .describe('Package URL; ${versions} in it are percent-encoded: pkg:github/k3s-io/k3s@v${k3s}.'),
  cpe: z
    .string()
    .regex(/^[a-z0-9._-]+:[a-z0-9._-]+$/, 'VENDOR:PRODUCT, as in the NVD’s CPE dictionary')
    .optional()
    .describe('Vendor and product of the CPE, as in the NVD’s dictionary: k3s:k3s.'),
  license: License,
  notice: z.string().optional().describe('Path in the archive of the text of its licence.'),
})

export type Software = z.infer<typeof Software>

/** A program’s identity, ready for an SBOM. */
export interface ProgramIdentity {
  readonly version: string
  readonly purl: string
  /** CPE 2.3, formatted string binding. */
  readonly cpe?: string
  readonly license?: string
  readonly notice?: string
}

export function expandSoftware(
  { version, purl, cpe, license, notice }: Software,
  variables: ReadonlyMap<string, string>,
): ProgramIdentity {
  const known = expandText(version, variables)
  return {
    version: known,
    purl: expandText(purl, variables, 'url'),
    ...(cpe === undefined ? {} : { cpe: formatCpe(cpe, known) }),
    ...(license === undefined ? {} : { license }),
    ...(notice === undefined ? {} : { notice: expandText(notice, variables) }),
  }
}

/** NIST IR 7695, 6.2: characters other than letters, digits, `_`, `-` and `.` are escaped. */
export function formatCpe(vendorAndProduct: string, version: string): string {
  const escaped = version.toLowerCase().replace(/[^a-z0-9._-]/g, '\\$&')
  return `cpe:2.3:a:${vendorAndProduct}:${escaped}:*:*:*:*:*:*:*`
}
