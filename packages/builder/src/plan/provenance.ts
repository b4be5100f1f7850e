import { type Digest, digestOf, EDGELIFT_VERSION, hexOf } from '@edgelift/core'
import type { Lock } from '../lock/schema.ts'
import { imagePurl } from '../sbom/purl.ts'
import type { ArchivePlan, PlanEntry } from './archive-plan.ts'

interface ResourceDescriptor {
  readonly name?: string
  readonly uri?: string
  readonly digest?: { readonly sha256: string }
}

/**
 * `provenance.json`: an in-toto Statement v1 with a SLSA v1 provenance predicate. Subjects are the files and images
 * in the archive (which cannot hold its own digest), materials are the lock and everything that it names for them.
 * No times and no host: the same lock gives the same statement.
 */
export function provenanceFile(plan: ArchivePlan, lock: Lock): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: plan.entries.map(subjectOf).sort(byName),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:edgelift:bundle:v1',
        externalParameters: {
          release: `${plan.release.name}-${plan.release.version}`,
          role: plan.role,
          platform: plan.platform,
        },
        internalParameters: {},
        resolvedDependencies: materialsOf(plan, lock),
      },
      runDetails: {
        builder: { id: 'urn:edgelift:builder', version: { edgelift: EDGELIFT_VERSION } },
        metadata: { invocationId: `${plan.lock}/${plan.name}` },
      },
    },
  }
  return `${JSON.stringify(statement, null, 2)}\n`
}

function subjectOf({ path, content }: PlanEntry): ResourceDescriptor {
  switch (content.kind) {
    case 'blob':
      return { name: path, digest: sha256(content.digest) }
    case 'bytes':
      return { name: path, digest: sha256(digestOf(content.bytes)) }
    case 'image':
      return { name: content.image.reference, digest: sha256(content.image.manifest.digest) }
  }
}

function materialsOf(plan: ArchivePlan, lock: Lock): ResourceDescriptor[] {
  const isHere = (one: { roles: readonly string[] }): boolean => one.roles.includes(plan.role)
  const downloads = lock.downloads
    .filter((download) => isHere(download) && download.platforms.includes(plan.platform))
    .map(({ name, url, digest }) => ({
      name,
      uri: url,
      ...(digest === undefined ? {} : { digest: sha256(digest) }),
    }))
  const images = lock.images
    .filter(
      (image) =>
        image.platform === plan.platform &&
        ((image.packed && isHere(image)) || image.files.some((file) => isHere(file))),
    )
    .map((image) => ({
      name: image.reference,
      uri: imagePurl(image),
      digest: sha256(image.manifest.digest),
    }))
  return [{ name: 'lock', digest: sha256(plan.lock) }, ...downloads.sort(byName), ...images.sort(byName)]
}

function sha256(digest: Digest): { sha256: string } {
  return { sha256: hexOf(digest) }
}

function byName(a: ResourceDescriptor, b: ResourceDescriptor): number {
  const [one, other] = [a.name ?? '', b.name ?? '']
  return one < other ? -1 : one > other ? 1 : 0
}
