import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { sampleLock } from '../testing/sample.ts'
import { licenseIds } from './licenses.ts'
import { filePurl, imagePurl } from './purl.ts'

describe('package URLs', () => {
  const [image] = sampleLock.images
  if (image === undefined) throw new Error('the sample has images')

  it('name an image by its digest, its registry and its tag', () => {
    const digest = encodeURIComponent(image.manifest.digest)
    expect(imagePurl(image)).toBe(
      `pkg:oci/edgemesh-agent@${digest}?arch=amd64&repository_url=docker.io%2Fkubeedge%2Fedgemesh-agent&tag=v1.17.0`,
    )
  })

  it('name an image of a registry with a port, on its platform', () => {
    const other = { ...image, reference: 'r.example:5000/a/b:1_x', platform: 'linux/arm64' } as const
    expect(imagePurl(other)).toContain('?arch=arm64&repository_url=r.example%3A5000%2Fa%2Fb&tag=1_x')
  })

  it('name a file by what it holds, and by where it came from', () => {
    const digest = digestOf('x')
    expect(filePurl('lib/a+b.so.1', digest, undefined)).toBe(`pkg:generic/a%2Bb.so.1?checksum=${digest}`)
    expect(filePurl('k3s', digest, 'https://f.example/v1%2B2/k3s')).toBe(
      `pkg:generic/k3s?checksum=${digest}&download_url=https%3A%2F%2Ff.example%2Fv1%252B2%2Fk3s`,
    )
  })
})

it.each<[string, string[] | undefined]>([
  ['MIT', ['MIT']],
  ['MIT AND (Apache-2.0 OR MIT)', ['Apache-2.0', 'MIT']],
  ['GPL-3.0-or-later WITH GCC-exception-3.1', ['GPL-3.0-or-later']],
  ['Apache 2', undefined],
  ['mit', undefined],
  ['', undefined],
])('the licences in "%s" are %j', (expression, ids) => {
  expect(licenseIds(expression)).toEqual(ids)
})
