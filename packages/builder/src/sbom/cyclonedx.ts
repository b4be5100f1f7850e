import { createHash } from 'node:crypto'
import { EDGELIFT_VERSION } from '@edgelift/core'
import type { Lock } from '../lock/schema.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import type { PlatformRelease } from '../release/expand.ts'
import { componentOf, programsOfOurs } from './components.ts'

/**
 * `sbom.cdx.json`: CycloneDX 1.6, every image, program, chart and file of the archive with its digest, what scanners know
 * it by, and its licence. No clock and no random numbers: the serial number is made from the lock and the archive's name.
 */
export function sbomFile(plan: ArchivePlan, lock: Lock, release: PlatformRelease): string {
  const components = [
    ...plan.entries.flatMap((entry) => componentOf(entry, { plan, lock, release })),
    ...programsOfOurs(plan),
  ].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1))
  const root = `archive:${plan.name}`
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuidOf(`${plan.lock} ${plan.name}`)}`,
      version: 1,
      metadata: {
        tools: { components: [{ type: 'application', name: 'edgelift', version: EDGELIFT_VERSION }] },
        component: {
          type: 'application',
          'bom-ref': root,
          name: plan.name,
          version: plan.release.version,
        },
        properties: [
          { name: 'edgelift:lock', value: plan.lock },
          { name: 'edgelift:platform', value: plan.platform },
          { name: 'edgelift:role', value: plan.role },
        ],
      },
      components,
      dependencies: [{ ref: root, dependsOn: components.map((component) => component['bom-ref']) }],
    },
    null,
    2,
  )}\n`
}

/** A UUID made from a text (RFC 9562, 5.8: version 8, the bits are ours). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
