import { requirerText } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { expandFor } from '../release/expand.ts'
import { Release } from '../release/schema.ts'
import { sampleRelease } from '../testing/sample.ts'
import { fileRequirements, hasPath } from './required-files.ts'

/** A release with these parts alone. */
function releaseWith(
  parts: Record<string, unknown> = {},
  platform: 'linux/amd64' | 'linux/arm64' = 'linux/amd64',
) {
  const { format, name, version, archives, versions, options } = sampleRelease
  return expandFor(Release.parse({ format, name, version, archives, versions, options, ...parts }), platform)
}
const file = (role: string, at: string) => ({
  roles: [role],
  url: 'https://files.example/a.tgz',
  members: { a: at },
})
/** The paths that each requirer needs, by role and its name. */
const needs = (...args: Parameters<typeof releaseWith>) =>
  fileRequirements(releaseWith(...args)).map(
    ({ role, requirer, paths }) => [`${role} ${requirerText(requirer, 'en')}`, paths] as const,
  )
const pathsOf = (...args: Parameters<typeof releaseWith>) => needs(...args).flatMap(([, paths]) => paths)

describe('files without which an archive does not work', () => {
  it('are at least a K3s or an edgecore with its container runtime, and Node', () => {
    expect(pathsOf()).toEqual(
      ['k3s', 'edgecore', 'bin/containerd', 'runtime/node', 'runtime/node'].map((path) =>
        path === 'k3s' ? expect.stringMatching(/^k3s/) : path,
      ),
    )
  })

  it.each([
    ['linux/amd64', 'runtime/ld-linux-x86-64.so.2'],
    ['linux/arm64', 'runtime/ld-linux-aarch64.so.1'],
  ] as const)('are the libraries of Node and their loader, on %s', (platform, loader) => {
    const parts = { files: { node: file('edge', 'runtime/node') } }
    const libraries = needs(parts, platform).filter(([name]) => name.includes('its libraries'))
    expect(libraries).toHaveLength(1)
    expect(libraries[0]?.[0]).toMatch(/^edge /)
    expect(libraries[0]?.[1]).toEqual(expect.arrayContaining([loader, 'runtime/libc.so.6']))
  })

  it('are a shim, runc, ctr and the CNI plugins beside a containerd', () => {
    const paths = pathsOf({ files: { containerd: file('edge', 'bin/containerd') } })
    expect(paths).toEqual(expect.arrayContaining(['bin/containerd-shim-runc-v2', 'bin/ctr']))
    for (const name of ['bridge', 'host-local', 'loopback', 'portmap', 'runc'])
      expect(paths.filter((one) => one.endsWith(`/${name}`) || one === name)).toHaveLength(1)
    expect(pathsOf({ files: { containerd: file('cloud', 'bin/containerd') } })).not.toContain('bin/ctr')
  })

  it('are helm for each role of a chart, and what the chart requires, under its condition', () => {
    const chart = {
      ...{
        roles: ['cloud'],
        path: 'c.tgz',
        url: 'https://files.example/c.tgz',
        release: 'c',
        namespace: 'n',
      },
      ...{ requires: ['crds/c.yaml'], when: { option: 'edgemesh' } },
    }
    const found = fileRequirements(releaseWith({ charts: { c: chart } })).filter(
      ({ requirer }) => requirer.kind === 'chart',
    )
    expect(found.map(({ role, paths, when }) => ({ role, paths, when }))).toEqual([
      { role: 'cloud', paths: ['bin/helm'], when: { option: 'edgemesh' } },
      { role: 'cloud', paths: ['crds/c.yaml'], when: { option: 'edgemesh' } },
    ])
  })
})

it('a path is held by the archives of the roles that have it, out of a download or an image', () => {
  const release = releaseWith({
    files: { ctr: file('edge', 'bin/ctr') },
    imageFiles: {
      node: { reference: 'node:24', roles: ['cloud'], files: { 'linux/amd64': { '/node': 'runtime/node' } } },
    },
  })
  const roles = ['cloud', 'edge'] as const
  expect(roles.filter((role) => hasPath(release, role, 'bin/ctr'))).toEqual(['edge'])
  expect(roles.filter((role) => hasPath(release, role, 'runtime/node'))).toEqual(['cloud'])
})
