import { describe, expect, it } from 'vitest'
import { checkCompatibility, type Versions } from './compatibility.ts'

const found = (versions: Versions): string[] =>
  checkCompatibility(versions).map(({ severity, code, where }) => `${severity} ${code} ${where}`)
const words = (versions: Versions): string[] =>
  checkCompatibility(versions).flatMap(({ text }) => [text.en, text.zh])

describe('versions', () => {
  it.each<[string, Versions]>([
    ['that upstream has tested together', { kubeedge: '1.22.0', k3s: '1.31.5+k3s1', containerd: '2.1.5' }],
    ['of which one is not there', { kubeedge: '1.22.0' }],
    ['of a KubeEdge that nobody knows', { kubeedge: '1.99.0', k3s: '1.20.0+k3s1', containerd: '1.7.0' }],
    ['that are none', { kubeedge: 'main', k3s: 'main' }],
    ['of programs without rules', { tool: '0.0.1' }],
  ])('have no finding: %s', (_what, versions) => {
    expect(found(versions)).toEqual([])
  })

  it.each<[string, Versions, string[]]>([
    [
      'a K3s that is older than the kubelet',
      { kubeedge: '1.22.0', k3s: '1.30.1+k3s1' },
      ['error INCOMPATIBLE versions.kubeedge'],
    ],
    [
      'a K3s at the end of what the policy allows',
      { kubeedge: '1.22.0', k3s: '1.34.2+k3s1' },
      ['warning UNTESTED versions.kubeedge'],
    ],
    [
      'a K3s past what the policy allows',
      { kubeedge: '1.22.0', k3s: '1.35.0+k3s1' },
      ['error INCOMPATIBLE versions.kubeedge', 'warning UNTESTED versions.kubeedge'],
    ],
    [
      'a containerd that the kubelet does not take',
      { kubeedge: '1.22.0', containerd: '1.7.19' },
      ['error INCOMPATIBLE versions.kubeedge'],
    ],
    [
      'a containerd without CRI v1',
      { kubeedge: '1.15.0', containerd: '1.5.9' },
      ['error INCOMPATIBLE versions.kubeedge'],
    ],
    [
      'an EdgeMesh without metaServer',
      { edgemesh: '1.17.0', kubeedge: '1.6.0' },
      ['error INCOMPATIBLE versions.edgemesh'],
    ],
    ['a Helm past its end of life', { helm: '3.19.0' }, ['warning UNTESTED versions.helm']],
    ['a runtime that is too old', { node: '20.19.9' }, ['error INCOMPATIBLE versions.node']],
  ])('that do not work together: %s', (_what, versions, expected) => {
    expect(found(versions)).toEqual(expected)
  })

  it('are named in both languages, with how far they are apart', () => {
    const [en, zh] = words({ kubeedge: '1.22.0', k3s: '1.30.1+k3s1' })
    expect(en).toContain('K3s 1.30.1+k3s1 is 1 minor version older')
    expect(zh).toContain('K3s 1.30.1+k3s1 比它旧 1 个次版本')
    expect(words({ kubeedge: '1.22.0', k3s: '1.36.0' })[0]).toContain('is 5 minor versions newer')
  })

  it('are read with what is around them', () => {
    expect(found({ node: 'v24.1.0', helm: 'v4.0.1' })).toEqual([])
  })
})
