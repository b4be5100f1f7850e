import { createHash } from 'node:crypto'
import { PATHS } from '@edgelift/bundle'
import { digestOf, EDGELIFT_VERSION, hexOf } from '@edgelift/core'
import type { Lock, LockedDownload, LockedImage } from '../lock/schema.ts'
import type { ArchivePlan, PlanEntry } from './archive-plan.ts'
import { imagePurl } from './purl.ts'

interface Component {
  readonly type: 'application' | 'container' | 'file'
  readonly 'bom-ref': string
  readonly name: string
  readonly version?: string
  readonly hashes: readonly { readonly alg: 'SHA-256'; readonly content: string }[]
  readonly licenses?: readonly { readonly expression: string }[]
  readonly purl?: string
  readonly externalReferences?: readonly { readonly type: 'distribution'; readonly url: string }[]
  readonly properties?: readonly { readonly name: string; readonly value: string }[]
}

/**
 * `sbom.cdx.json`: CycloneDX 1.6, every image, program, chart and file of the archive with its digest, and its licence
 * where the release names one. No clock and no dice: the serial number is made from the lock and the archive's name.
 */
export function sbomFile(plan: ArchivePlan, lock: Lock): string {
  const components = [
    ...plan.entries.flatMap((entry) => componentOf(entry, plan, lock)),
    installerComponent(plan),
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

function componentOf(entry: PlanEntry, plan: ArchivePlan, lock: Lock): Component[] {
  const { content, origin } = entry
  if (content.kind === 'image') return [imageComponent(content.image, entry, plan)]
  if (content.kind !== 'blob') return []
  const placeholder = plan.placeholders.includes(entry.path)
  const download = lock.downloads.find(
    (one) => origin.kind === 'url' && one.url === origin.url && holds(one.parts, entry),
  )
  const image = lock.images.find((one) => origin.kind === 'image-file' && holds(one.files, entry))
  const version = download === undefined ? undefined : versionOf(download, plan.versions)
  return [
    {
      type: entry.mode === '0755' && !/\.so(\.|$)/.test(entry.path) ? 'application' : 'file',
      'bom-ref': `file:${entry.path}`,
      name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
      ...(version === undefined ? {} : { version }),
      hashes: [{ alg: 'SHA-256', content: hexOf(content.digest) }],
      ...licensed(download?.license ?? image?.license),
      ...(download === undefined
        ? {}
        : { externalReferences: [{ type: 'distribution', url: download.url }] }),
      properties: [
        { name: 'edgelift:path', value: entry.path },
        ...(image === undefined ? [] : [{ name: 'edgelift:from-image', value: imagePurl(image) }]),
        ...(placeholder ? [PLACEHOLDER] : []),
      ],
    },
  ]
}

function imageComponent(image: LockedImage, entry: PlanEntry, plan: ArchivePlan): Component {
  const colon = image.reference.lastIndexOf(':')
  return {
    type: 'container',
    'bom-ref': `image:${image.reference}`,
    name: image.reference.slice(0, colon),
    version: image.reference.slice(colon + 1),
    hashes: [{ alg: 'SHA-256', content: hexOf(image.manifest.digest) }],
    ...licensed(image.license),
    purl: imagePurl(image),
    properties: [
      { name: 'edgelift:path', value: entry.path },
      ...(plan.placeholders.includes(image.reference) ? [PLACEHOLDER] : []),
    ],
  }
}

const PLACEHOLDER = { name: 'edgelift:placeholder', value: 'true' }

function installerComponent(plan: ArchivePlan): Component {
  const program = plan.entries.find((entry) => entry.path === PATHS.installer)
  const bytes = program?.content.kind === 'bytes' ? program.content.bytes : new Uint8Array()
  return {
    type: 'application',
    'bom-ref': `file:${PATHS.installer}`,
    name: 'edgelift-installer',
    version: EDGELIFT_VERSION,
    hashes: [{ alg: 'SHA-256', content: hexOf(digestOf(bytes)) }],
    licenses: [{ expression: 'Apache-2.0' }],
    properties: [{ name: 'edgelift:path', value: PATHS.installer }],
  }
}

function holds(parts: readonly { path: string; digest: string }[], entry: PlanEntry): boolean {
  const { content, path } = entry
  return content.kind === 'blob' && parts.some((part) => part.path === path && part.digest === content.digest)
}

/** The component version that stands in the URL: upstream's URLs name the version that they serve. */
function versionOf(download: LockedDownload, versions: Readonly<Record<string, string>>): string | undefined {
  const own = versions[download.name.replace(/^[a-zA-Z]+\./, '')]
  if (own !== undefined) return own
  return Object.values(versions)
    .filter((version) => download.url.includes(encodeURIComponent(version)))
    .sort((a, b) => b.length - a.length)[0]
}

function licensed(license: string | undefined): Pick<Component, 'licenses'> {
  return license === undefined ? {} : { licenses: [{ expression: license }] }
}

/** A UUID made from a text (RFC 9562, 5.8: version 8, the bits are ours). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
