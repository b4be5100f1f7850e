import { type Component, licenseOf, propertyOf, type Sbom } from './schema.ts'

/**
 * The same bill of materials as SPDX 2.3 JSON. The document has to state a time, and archives know none: it is the
 * epoch's, so that the same archive gives the same bytes. Who built it and when is the signature's to say.
 */
export function spdxDocument(sbom: Sbom): object {
  const { component: root, tools } = sbom.metadata
  const uuid = sbom.serialNumber.slice(sbom.serialNumber.lastIndexOf(':') + 1)
  const packages = sbom.components.map((component, index) => packageOf(component, `SPDXRef-${index + 1}`))
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: root.name,
    documentNamespace: `https://spdx.org/spdxdocs/${encodeURIComponent(root.name)}-${uuid}`,
    creationInfo: {
      created: '1970-01-01T00:00:00Z',
      creators: tools.components.map(({ name, version }) => `Tool: ${name}-${version}`),
    },
    documentDescribes: [ROOT],
    packages: [
      {
        SPDXID: ROOT,
        name: root.name,
        versionInfo: root.version,
        downloadLocation: UNKNOWN,
        filesAnalyzed: false,
        licenseConcluded: UNKNOWN,
        licenseDeclared: UNKNOWN,
        copyrightText: UNKNOWN,
        primaryPackagePurpose: 'ARCHIVE',
      },
      ...packages,
    ],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT),
      ...packages.map(({ SPDXID }) => relationship(ROOT, 'CONTAINS', SPDXID)),
    ],
  }
}

const ROOT = 'SPDXRef-archive'
const UNKNOWN = 'NOASSERTION'

function packageOf(component: Component, id: string) {
  const path = propertyOf(component, 'edgelift:path')
  const { purl, cpe } = component
  return {
    SPDXID: id,
    name: component.name,
    ...(component.version === undefined ? {} : { versionInfo: component.version }),
    ...(path === undefined ? {} : { packageFileName: path }),
    downloadLocation:
      component.externalReferences?.find(({ type }) => type === 'distribution')?.url ?? UNKNOWN,
    filesAnalyzed: false,
    checksums: component.hashes.map(({ content }) => ({ algorithm: 'SHA256', checksumValue: content })),
    licenseConcluded: UNKNOWN,
    licenseDeclared: licenseOf(component) ?? UNKNOWN,
    copyrightText: UNKNOWN,
    primaryPackagePurpose: component.type.toUpperCase(),
    externalRefs: [
      ...(cpe === undefined ? [] : [reference('SECURITY', 'cpe23Type', cpe)]),
      ...(purl === undefined ? [] : [reference('PACKAGE-MANAGER', 'purl', purl)]),
    ],
  }
}

function reference(referenceCategory: string, referenceType: string, referenceLocator: string) {
  return { referenceCategory, referenceType, referenceLocator }
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement }
}
