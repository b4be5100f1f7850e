import { digestOf, hexOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { Lock } from '../lock/schema.ts'
import { planArchives } from '../plan/plan-archives.ts'
import { expandFor } from '../release/expand.ts'
import type { Release } from '../release/schema.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { sbomFile } from './cyclonedx.ts'
import { Sbom } from './schema.ts'
import { spdxDocument } from './spdx.ts'

const LICENSES = new Map(
  ['Apache-2.0', 'EPL-2.0', 'MIT'].map((id) => [`licenses/${id}.txt`, Buffer.from(id)]),
)

function billOf(
  role: 'cloud' | 'edge',
  { release = sampleRelease, lock = sampleLock }: { release?: Release; lock?: Lock } = {},
) {
  const installer = new Map([...sampleInstaller, ...LICENSES])
  const [plan] = planArchives({ release, lock, installer }, { roles: [role], platforms: ['linux/amd64'] })
  if (plan === undefined) throw new Error('the sample has this archive')
  return JSON.parse(sbomFile(plan, lock, expandFor(release, 'linux/amd64')))
}
const componentOf = (bill: { components: { 'bom-ref': string }[] }, ref: string) =>
  bill.components.find((one) => one['bom-ref'] === ref)

describe('the bill of materials', () => {
  it('has every image, file, chart and program of ours once, sorted, and all of them below the archive', () => {
    const bill = billOf('edge')
    const refs = bill.components.map((one: { 'bom-ref': string }) => one['bom-ref'])
    expect(refs).toEqual([
      'file:bin/ctr',
      'file:cleanup.sh',
      'file:edgelift',
      'file:install.sh',
      'file:installer.mjs',
      'file:runtime/node',
      'image:docker.io/kubeedge/edgemesh-agent:v1.17.0',
      'image:docker.io/library/eclipse-mosquitto:1.6.15',
    ])
    expect(bill.dependencies).toEqual([{ ref: 'archive:sample-edge-amd64', dependsOn: refs }])
  })

  it('knows an image by name, version, digest and licence, and says what only stands for it', () => {
    expect(componentOf(billOf('edge'), 'image:docker.io/library/eclipse-mosquitto:1.6.15')).toMatchObject({
      type: 'container',
      name: 'docker.io/library/eclipse-mosquitto',
      version: '1.6.15',
      hashes: [{ alg: 'SHA-256', content: hexOf(digestOf('mosquitto manifest')) }],
      licenses: [{ expression: 'EPL-2.0' }],
      properties: [
        { name: 'edgelift:path', value: 'images/eclipse-mosquitto-1.6.15.tar' },
        { name: 'edgelift:license-text', value: 'licenses/EPL-2.0.txt' },
        { name: 'edgelift:placeholder', value: 'true' },
      ],
    })
  })

  it('knows a download by where it came from, and a file of an image by that image', () => {
    expect(componentOf(billOf('cloud'), 'file:k3s-amd64')).toMatchObject({
      type: 'application',
      name: 'k3s-amd64',
      externalReferences: [{ type: 'distribution', url: 'https://files.example/v1.34.2%2Bk3s1/k3s-amd64' }],
      licenses: [{ expression: 'Apache-2.0' }],
    })
    const node = componentOf(billOf('cloud'), 'file:runtime/node')
    expect(JSON.stringify(node)).toContain('edgelift:from-image')
    expect(node).not.toHaveProperty('externalReferences')
  })

  it('takes version, package URL, CPE and notice from the release where it says them', () => {
    const [k3s] = [sampleRelease.files.k3s]
    if (k3s === undefined) throw new Error('the sample has K3s')
    const software = {
      version: '9',
      purl: 'pkg:generic/k3s@9',
      cpe: 'k3s:k3s',
      license: 'MIT',
      notice: 'bin/ctr',
    }
    const release = { ...sampleRelease, files: { ...sampleRelease.files, k3s: { ...k3s, software } } }
    expect(componentOf(billOf('cloud', { release }), 'file:k3s-amd64')).toMatchObject({
      version: '9',
      purl: 'pkg:generic/k3s@9',
      cpe: 'cpe:2.3:a:k3s:k3s:9:*:*:*:*:*:*:*',
      licenses: [{ expression: 'MIT' }],
      properties: expect.arrayContaining([{ name: 'edgelift:license-text', value: 'bin/ctr' }]),
    })
  })

  it('has a serial number of its own for each lock and archive, and the same one each time', () => {
    const serial = (role: 'cloud' | 'edge', lock = sampleLock): string => billOf(role, { lock }).serialNumber
    expect(serial('cloud')).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(serial('cloud')).toBe(serial('cloud'))
    expect(serial('edge')).not.toBe(serial('cloud'))
    expect(serial('cloud', { ...sampleLock, seal: digestOf('another') })).not.toBe(serial('cloud'))
  })
})

describe('the same as SPDX', () => {
  const bill = billOf('cloud')
  const document = JSON.parse(JSON.stringify(spdxDocument(Sbom.parse(bill))))

  it('has a package for each component, and one for the archive, which contains them', () => {
    expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', name: 'sample-cloud-1.34.2+k3s1-amd64' })
    expect(document.packages).toHaveLength(bill.components.length + 1)
    const ids = document.packages.map((one: { SPDXID: string }) => one.SPDXID)
    expect(new Set(ids).size).toBe(ids.length)
    expect(document.relationships).toHaveLength(ids.length)
    expect(document.relationships[0]).toEqual({
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: 'SPDXRef-archive',
    })
  })

  it('says of a package what the bill says of its component', () => {
    const k3s = document.packages.find(
      (one: { packageFileName?: string }) => one.packageFileName === 'k3s-amd64',
    )
    expect(k3s).toMatchObject({
      downloadLocation: 'https://files.example/v1.34.2%2Bk3s1/k3s-amd64',
      checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digestOf('k3s')) }],
      licenseDeclared: 'Apache-2.0',
      primaryPackagePurpose: 'APPLICATION',
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl' }],
    })
    const chart = document.packages.find((one: { name: string }) => one.name === 'edgemesh.tgz')
    expect(chart).toMatchObject({ licenseDeclared: 'NOASSERTION', primaryPackagePurpose: 'FILE' })
  })

  it('has a name space that follows the bill’s serial number, and no time but the epoch', () => {
    expect(document.documentNamespace).toContain(bill.serialNumber.slice('urn:uuid:'.length))
    expect(document.documentNamespace).toContain('%2B')
    expect(document.creationInfo.created).toBe('1970-01-01T00:00:00Z')
  })
})
