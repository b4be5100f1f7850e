import { LAUNCHERS, PATHS } from '@edgelift/bundle'
import { type Digest, digestOf, EDGELIFT_VERSION, hexOf } from '@edgelift/core'
import type { Lock, LockedImage } from '../lock/schema.ts'
import type { ArchivePlan, PlanEntry } from '../plan/archive-plan.ts'
import type { PlatformRelease } from '../release/expand.ts'
import { formatCpe, type ProgramIdentity } from '../release/software.ts'
import { licenseIds } from './licenses.ts'
import { filePurl, imagePurl } from './purl.ts'
import type { Component } from './schema.ts'

interface Sources {
  readonly plan: ArchivePlan
  readonly lock: Lock
  readonly release: PlatformRelease
}

/** At most one: what edgelift generates is no component, but for its programs ({@link programsOfOurs}). */
export function componentOf(entry: PlanEntry, sources: Sources): Component[] {
  const { content } = entry
  if (content.kind === 'image') return [imageComponent(content.image, entry, sources.plan)]
  return content.kind === 'blob' ? [fileComponent(entry, content.digest, sources)] : []
}

function fileComponent(entry: PlanEntry, digest: Digest, { plan, lock, release }: Sources): Component {
  const { origin, path } = entry
  const download = lock.downloads.find(
    (one) => origin.kind === 'url' && one.url === origin.url && holds(one.parts, entry),
  )
  const image = lock.images.find((one) => origin.kind === 'image-file' && holds(one.files, entry))
  const software = softwareOf(release, download?.name, path)
  const license = software?.license ?? download?.license ?? image?.license
  const isLibrary = /\.so(\.|$)/.test(path)
  return {
    type: isLibrary ? 'library' : entry.mode === '0755' ? 'application' : 'file',
    'bom-ref': `file:${path}`,
    name: path.slice(path.lastIndexOf('/') + 1),
    ...(software === undefined ? {} : { version: software.version }),
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    ...licensed(license),
    ...(software?.cpe === undefined ? {} : { cpe: software.cpe }),
    purl: software?.purl ?? filePurl(path, digest, download?.url),
    ...(download === undefined ? {} : { externalReferences: [{ type: 'distribution', url: download.url }] }),
    properties: [
      { name: 'edgelift:path', value: path },
      ...(image === undefined ? [] : [{ name: 'edgelift:from-image', value: imagePurl(image) }]),
      ...licenseText(license, plan, software?.notice),
      ...(plan.placeholders.includes(path) ? [PLACEHOLDER] : []),
    ],
  }
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
      ...licenseText(image.license, plan),
      ...(plan.placeholders.includes(image.reference) ? [PLACEHOLDER] : []),
    ],
  }
}

const PLACEHOLDER = { name: 'edgelift:placeholder', value: 'true' }

/** The installer and its launchers. */
export function programsOfOurs(plan: ArchivePlan): Component[] {
  return plan.entries.flatMap(({ path, content }) => {
    if (content.kind !== 'bytes' || (path !== PATHS.installer && !LAUNCHERS.includes(path))) return []
    const license = 'Apache-2.0'
    return [
      {
        type: 'application' as const,
        'bom-ref': `file:${path}`,
        name: path === PATHS.installer ? 'edgelift-installer' : path,
        version: EDGELIFT_VERSION,
        hashes: [{ alg: 'SHA-256' as const, content: hexOf(digestOf(content.bytes)) }],
        ...licensed(license),
        cpe: formatCpe('edgelift:edgelift', EDGELIFT_VERSION),
        purl: `pkg:generic/edgelift@${EDGELIFT_VERSION}`,
        properties: [{ name: 'edgelift:path', value: path }, ...licenseText(license, plan)],
      },
    ]
  })
}

/** As the release says. Files of images have an identity each, a download has one for all that is taken out of it. */
function softwareOf(
  { files, charts, imageFiles }: PlatformRelease,
  id: string | undefined,
  path: string,
): ProgramIdentity | undefined {
  if (id !== undefined) return [...files, ...charts].find((one) => one.id === id)?.software
  return imageFiles.map(({ software }) => software.get(path)).find((one) => one !== undefined)
}

function holds(parts: readonly { path: string; digest: string }[], entry: PlanEntry): boolean {
  const { content, path } = entry
  return content.kind === 'blob' && parts.some((part) => part.path === path && part.digest === content.digest)
}

function licensed(license: string | undefined): Pick<Component, 'licenses'> {
  return license === undefined ? {} : { licenses: [{ expression: license }] }
}

/** Paths in the archive of the texts of a licence. */
function licenseText(
  license: string | undefined,
  plan: ArchivePlan,
  notice?: string,
): { name: string; value: string }[] {
  const wanted =
    notice === undefined
      ? (licenseIds(license ?? '') ?? []).map((id) => `${PATHS.licenses}/${id}.txt`)
      : [notice]
  return wanted
    .filter((path) => plan.entries.some((entry) => entry.path === path))
    .map((value) => ({ name: 'edgelift:license-text', value }))
}
