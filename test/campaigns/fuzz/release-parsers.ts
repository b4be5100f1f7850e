import path from 'node:path'
import { isSafePath } from '@edgelift/bundle'
import { hasErrors, lintRelease, loadRelease } from '../../../packages/builder/src/index.ts'
import { expandFor } from '../../../packages/builder/src/release/expand.ts'
import { documentOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'
import { written } from './written.ts'

/** One part of each kind, with every field that a release knows. */
const RELEASE = {
  format: 'edgelift/release/v1',
  name: 'a',
  version: '1.0.0',
  versions: { a: '1.0.0' },
  platforms: ['linux/amd64'],
  archives: { cloud: 'a-cloud-${a}-${arch}', edge: 'a-edge-${arch}' },
  options: {
    o: { title: { en: 'o', zh: 'o' }, default: false, requires: ['p'] },
    p: { title: { en: 'p', zh: 'p' } },
  },
  files: {
    one: {
      roles: ['cloud'],
      url: 'https://f.example/a-${arch}.tar.gz',
      checksum: { url: 'https://f.example/sums', name: 'a' },
      member: 'a/a',
      path: 'bin/a',
      mode: '0755',
      license: 'Apache-2.0',
      software: { version: '${a}', purl: 'pkg:github/a/a@${a}', cpe: 'a:a', notice: 'licenses/a' },
    },
    several: {
      roles: ['edge'],
      platforms: ['linux/amd64'],
      url: { 'linux/amd64': 'https://f.example/b.tgz' },
      checksum: { sha256: 'ab'.repeat(32) },
      members: { 'b/c': 'bin/c' },
      kubernetes: false,
    },
  },
  images: { i: { reference: 'docker.io/a/i:${a}', roles: ['cloud'], when: { option: 'o' }, license: 'MIT' } },
  imageLists: {
    l: {
      roles: ['cloud'],
      url: 'https://f.example/l.txt',
      except: { 'docker.io/a/x': 'not needed' },
      licenses: { 'docker.io/a/i': 'MIT' },
    },
  },
  imageFiles: {
    f: {
      reference: 'docker.io/a/f:1',
      roles: ['edge'],
      files: { 'linux/amd64': { '/bin/f': 'bin/f' } },
      mode: '0755',
    },
  },
  charts: {
    c: {
      roles: ['cloud'],
      url: 'https://f.example/c.tgz',
      path: 'helm-charts/c.tgz',
      folder: 'c',
      release: 'c',
      namespace: 'kubeedge',
      when: { option: 'p' },
      values: { address: { $setting: 'nodeIp' }, image: 'a/i:${a}' },
      variants: [{ when: { option: 'o' }, values: { o: true } }],
      order: 1,
      requires: ['bin/a'],
      restarts: ['deployment/c'],
      ready: [{ resource: 'secret', name: 's', key: 'k', everyStart: true }],
      leaves: [{ resource: 'secret', names: ['s'] }],
      labels: [{ resource: 'service', namespace: 'default', name: 's', label: 'a/b', value: 'c' }],
      certificate: { secret: 's', key: 'k', covers: ['nodeIp'] },
    },
  },
  notImages: ['a:b'],
  settings: {
    sandboxImage: { cloud: 'docker.io/a/pause:1' },
    testImage: 'docker.io/a/box:1',
    k3sDisable: ['traefik'],
  },
}

const releases = parserOf('releases: fields', documentOf([RELEASE]), (text) =>
  written({ 'a.yaml': text }, async (folder) => {
    const { release } = await loadRelease(path.join(folder, 'a.yaml'), { folders: [] })
    if (hasErrors(lintRelease(release))) return
    for (const platform of release.platforms) {
      const { files, charts } = expandFor(release, platform)
      const places = [...files.flatMap(({ parts }) => parts), ...charts].map((one) => one.path)
      must(places.every(isSafePath), 'a path that leaves the archive')
    }
  }),
)

export const RELEASE_PARSERS: readonly Parser[] = [releases]
