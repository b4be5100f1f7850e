import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import type { ArchivePlan } from './archive-plan.ts'
import { planArchives } from './plan-archives.ts'

const input = { release: sampleRelease, lock: sampleLock, installer: sampleInstaller }
const [cloud, edge] = planArchives(input, { roles: ['cloud', 'edge'], platforms: ['linux/amd64'] }) as [
  ArchivePlan,
  ArchivePlan,
]

function contentOf(plan: ArchivePlan, path: string): string {
  const content = plan.entries.find((entry) => entry.path === path)?.content
  return content?.kind === 'bytes' ? Buffer.from(content.bytes).toString() : ''
}

function json(plan: ArchivePlan, path: string): Record<string, unknown> {
  return JSON.parse(contentOf(plan, path)) as Record<string, unknown>
}

describe('planArchives', () => {
  it('names every entry of each archive, sorted, with its mode', () => {
    const listing = (plan: ArchivePlan) =>
      plan.entries.map(
        ({ path, mode, compress, content }) => `${mode} ${compress ? 'z' : '-'} ${content.kind} ${path}`,
      )
    expect(cloud.name).toBe('sample-cloud-1.34.2+k3s1-amd64')
    expect(listing(cloud)).toMatchInlineSnapshot(`
      [
        "0644 z bytes README.txt",
        "0755 z blob bin/ctr",
        "0755 z bytes cleanup.sh",
        "0644 z bytes docs/en/operator.md",
        "0755 z bytes edgelift",
        "0644 - blob helm-charts/edgemesh.tgz",
        "0644 z bytes images.txt",
        "0644 - image images/docker.io-kubeedge-edgemesh-agent-v1.17.0.tar",
        "0755 z bytes install-kubeedge-only.sh",
        "0755 z bytes install.sh",
        "0644 z bytes install.yaml",
        "0644 z bytes installer.mjs",
        "0755 z blob k3s-amd64",
        "0644 z bytes meta/version.txt",
        "0644 z bytes provenance.json",
        "0755 z blob runtime/node",
        "0644 z bytes sbom.cdx.json",
      ]
    `)
    expect(listing(edge)).toMatchInlineSnapshot(`
      [
        "0644 z bytes README.txt",
        "0755 z blob bin/ctr",
        "0755 z bytes cleanup.sh",
        "0644 z bytes docs/en/operator.md",
        "0755 z bytes edgelift",
        "0644 z bytes images.txt",
        "0644 - image images/docker.io-kubeedge-edgemesh-agent-v1.17.0.tar",
        "0644 - image images/eclipse-mosquitto-1.6.15.tar",
        "0755 z bytes install.sh",
        "0644 z bytes install.yaml",
        "0644 z bytes installer.mjs",
        "0644 z bytes meta/version.txt",
        "0644 z bytes provenance.json",
        "0755 z blob runtime/node",
        "0644 z bytes sbom.cdx.json",
      ]
    `)
  })

  it('keeps only the reasons of the role, and tells what only stands for the real thing', () => {
    expect(cloud.images).toEqual([
      expect.objectContaining({
        reference: 'docker.io/kubeedge/edgemesh-agent:v1.17.0',
        file: 'images/docker.io-kubeedge-edgemesh-agent-v1.17.0.tar',
        neededBy: [
          {
            kind: 'chart',
            name: 'edgemesh',
            detail: 'DaemonSet edgemesh-agent',
            requirer: 'chart edgemesh (DaemonSet edgemesh-agent)',
            when: { option: 'edgemesh' },
          },
        ],
      }),
    ])
    expect(cloud.placeholders).toEqual(['bin/ctr'])
    expect(edge.placeholders).toEqual(['bin/ctr', 'docker.io/library/eclipse-mosquitto:1.6.15'])
  })

  it('fills templates in charts and falls back to the runtime’s own sandbox image', () => {
    expect(cloud.charts[0]?.values).toEqual({
      agent: { image: 'kubeedge/edgemesh-agent:v1.17.0', psk: { $answer: 'psk' } },
    })
    expect(edge.charts).toEqual([])
    expect(cloud.settings.sandboxImage).toBe('docker.io/rancher/mirrored-pause:3.6')
    expect(edge.settings.sandboxImage).toBe('registry.k8s.io/pause:3.10')
  })

  it('writes the small files', () => {
    expect(contentOf(edge, 'images.txt')).toBe(
      'docker.io/kubeedge/edgemesh-agent:v1.17.0\ndocker.io/library/eclipse-mosquitto:1.6.15\n',
    )
    expect(contentOf(edge, 'meta/version.txt')).toContain('k3s=1.34.2+k3s1\n')
    const readme = contentOf(cloud, 'README.txt')
    for (const words of ['云端离线包', 'sudo ./install.sh', 'sha256sum -c', 'placeholders'])
      expect(readme).toContain(words)
  })

  it('writes an install.yaml that says nothing as it is, and is YAML with every answer uncommented', () => {
    for (const plan of [cloud, edge]) {
      const text = contentOf(plan, 'install.yaml')
      expect(load(text)).toBeNull()
      const answers = load(text.replace(/^#(?! )/gm, '')) as Record<string, unknown>
      expect(Object.keys(answers)).toContain(plan.role === 'cloud' ? 'advertiseAddresses' : 'tokenFile')
      expect(text).toContain('#   mosquitto: MQTT broker\n')
    }
  })

  it('writes a CycloneDX bill of materials without clock and dice', () => {
    const sbom = json(edge, 'sbom.cdx.json')
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 })
    expect(JSON.stringify(sbom)).not.toContain('timestamp')
    const components = sbom.components as { 'bom-ref': string }[]
    const refs = components.map((component) => component['bom-ref'])
    expect(refs).toEqual([...new Set(refs)].sort())
    expect(
      components.find((one) => one['bom-ref'] === 'image:docker.io/library/eclipse-mosquitto:1.6.15'),
    ).toMatchObject({
      type: 'container',
      version: '1.6.15',
      licenses: [{ expression: 'EPL-2.0' }],
      purl: expect.stringMatching(
        /^pkg:oci\/eclipse-mosquitto@sha256%3A[0-9a-f]{64}\?arch=amd64&repository_url=/,
      ),
    })
  })

  it('writes a provenance whose materials are the lock and what it names for this archive', () => {
    const statement = json(cloud, 'provenance.json') as {
      predicate: { buildDefinition: { resolvedDependencies: { name: string }[] } }
    }
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
    })
    expect(statement.predicate.buildDefinition.resolvedDependencies.map((one) => one.name)).toEqual([
      'lock',
      'charts.edgemesh',
      'files.k3s',
      'files.tools',
      'docker.io/kubeedge/edgemesh-agent:v1.17.0',
      'docker.io/library/node:24.21.0-bookworm-slim',
    ])
  })

  it('plans nothing for a platform that the release does not build', () => {
    const release = { ...sampleRelease, platforms: ['linux/amd64' as const] }
    expect(planArchives({ ...input, release }, { roles: ['cloud'], platforms: ['linux/arm64'] })).toEqual([])
  })
})
