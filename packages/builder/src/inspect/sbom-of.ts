import { PATHS } from '@edgelift/bundle'
import { fail } from '../codes.ts'
import { licenseOf, propertyOf, Sbom } from '../sbom/schema.ts'
import { spdxDocument } from '../sbom/spdx.ts'
import type { Inspection } from './inspection.ts'

/**
 * The bill of materials of an archive: CycloneDX as packed, or the same as SPDX.
 * @throws the first problem of a damaged archive, whose bill of materials would be handed on in good faith; SBOM_MISSING
 */
export function sbomOf(inspection: Inspection, format: 'spdx' | 'cyclonedx'): object {
  const { problems, manifest } = inspection.verified
  const [first] = problems
  if (first !== undefined) throw first
  const found = readBoth(inspection)
  if (found === undefined) throw missing(manifest.name)
  return format === 'cyclonedx' ? found.document : spdxDocument(found.sbom)
}

/** Its bill of materials; undefined where there is none that can be read. */
export function readSbom(inspection: Inspection): Sbom | undefined {
  return readBoth(inspection)?.sbom
}

/** References of images whose licence nobody states; undefined where there is no bill of materials. */
export function unlicensedImages(inspection: Inspection): string[] | undefined {
  const sbom = readSbom(inspection)
  if (sbom === undefined) return undefined
  const licensed = new Set(
    sbom.components
      .filter((one) => licenseOf(one) !== undefined)
      .map((one) => propertyOf(one, 'edgelift:path')),
  )
  return inspection.verified.manifest.images
    .filter(({ file }) => !licensed.has(file))
    .map(({ reference }) => reference)
}

function readBoth({ verified }: Inspection): { readonly document: object; readonly sbom: Sbom } | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(verified.contents?.get(PATHS.sbom) ?? '').toString())
    const sbom = Sbom.safeParse(document).data
    return sbom === undefined ? undefined : { document: document as object, sbom }
  } catch {
    return undefined
  }
}

function missing(name: string): Error {
  return fail('SBOM_MISSING', {
    what: { en: `${name} has no readable ${PATHS.sbom}`, zh: `${name} 中没有可读的 ${PATHS.sbom}` },
    fix: { en: 'build the archive again with this edgelift', zh: '请用当前版本的 edgelift 重新构建离线包' },
  })
}
