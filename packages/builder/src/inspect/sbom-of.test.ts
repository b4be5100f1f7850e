import { PATHS, type Verified } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { Inspection } from './inspection.ts'
import { readSbom, sbomOf, unlicensedImages } from './sbom-of.ts'

const component = (path: string, licenses?: object[]) => ({
  ...{ type: 'container', 'bom-ref': path, name: path, version: '1' },
  ...(licenses === undefined ? {} : { licenses }),
  properties: [{ name: 'edgelift:path', value: path }],
})
const SBOM = {
  serialNumber: 'urn:uuid:1',
  metadata: {
    timestamp: '2026-01-01T00:00:00Z',
    ...{ tools: { components: [] }, component: { name: 'a', version: '1' } },
  },
  components: [component('images/a.tar', [{ expression: 'MIT' }]), component('images/b.tar')],
  theirs: 'what edgelift does not know of CycloneDX',
}
const images = ['a', 'b'].map((name) => ({ reference: `r/${name}:1`, file: `images/${name}.tar` }))

function inspection(text: string | undefined, problems: readonly EdgeliftError[] = []): Inspection {
  const contents = new Map(text === undefined ? [] : [[PATHS.sbom as string, Buffer.from(text)]])
  const verified = { manifest: { name: 'site', images }, problems, contents } as unknown as Verified
  return { where: '/a', verified, kinds: [] }
}

describe('the bill of materials', () => {
  it('is given as it was packed, or in the form of SPDX', () => {
    const packed = inspection(JSON.stringify(SBOM))
    expect(sbomOf(packed, 'cyclonedx')).toEqual(SBOM)
    expect(sbomOf(packed, 'spdx')).toMatchObject({ spdxVersion: 'SPDX-2.3', name: 'a' })
  })

  it('is not given of an archive that is damaged', () => {
    const problem = new EdgeliftError('FILE_DAMAGED', 4, { what: 'k3s' })
    expect(() => sbomOf(inspection(JSON.stringify(SBOM), [problem]), 'spdx')).toThrow(problem)
  })

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['no JSON', '{'],
    ['another document', '{"components": 1}'],
  ])('is an error with what to do where it is %s', (_what, text) => {
    for (const format of ['spdx', 'cyclonedx'] as const)
      expect(() => sbomOf(inspection(text), format)).toThrow(
        expect.objectContaining({
          code: 'SBOM_MISSING',
          what: expect.objectContaining({ en: `site has no readable ${PATHS.sbom}` }),
          fix: expect.objectContaining({ en: expect.stringContaining('build the archive again') }),
        }),
      )
    expect(readSbom(inspection(text))).toBeUndefined()
  })
})

describe('images whose licence nobody states', () => {
  it('are those without one in the bill of materials', () => {
    expect(unlicensedImages(inspection(JSON.stringify(SBOM)))).toEqual(['r/b:1'])
    expect(unlicensedImages(inspection(JSON.stringify({ ...SBOM, components: [] })))).toHaveLength(2)
  })

  it('are not known without a bill of materials', () => {
    expect(unlicensedImages(inspection(undefined))).toBeUndefined()
  })
})
