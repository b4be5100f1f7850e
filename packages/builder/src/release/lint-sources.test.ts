// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { describe, expect, it } from 'vitest'
import { checkSources } from './lint-sources.ts'
import { Release } from './schema.ts'

function found(changes: object): string[] {
  const release = Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: { tool: '1.2' },
    archives: { cloud: 'x' },
    ...changes,
  })
  return checkSources(release).map(
    ({ severity, code, where, text }) => `${severity} ${code} ${where}: ${text.en}`,
  )
}
const file = (more: object): object => ({
  files: { a: { roles: ['cloud'], url: 'https://f.example/a', path: 'a', ...more } },
})
const chart = (more: object): object => ({
  charts: {
    c: {
      roles: ['cloud'],
      url: 'https://f.example/c.tgz',
      path: 'c.tgz',
      release: 'c',
      namespace: 'n',
      ...more,
    },
  },
})

describe('where things are downloaded from', () => {
  it.each<[string, object]>([
    ['one URL', file({})],
    ['plain http', file({ url: 'http://f.example/a' })],
    [
      'one URL for each platform',
      file({ url: { 'linux/amd64': 'https://f.example/1', 'linux/arm64': 'https://f.example/2' } }),
    ],
    [
      'one URL for the one platform of the file',
      file({ url: { 'linux/arm64': 'https://f.example/2' }, platforms: ['linux/arm64'] }),
    ],
    ['a percent-encoded byte', file({ url: 'https://f.example/a%2Bb' })],
    ['a branch of another host', file({ url: 'https://f.example/o/r/main/x' })],
    ['a tag of a repository', file({ url: 'https://raw.githubusercontent.com/o/r/v1/x' })],
    ['several members', file({ path: undefined, members: { a: 'a' } })],
    [
      'a digest for the one platform',
      file({
        url: { 'linux/amd64': 'https://f.example/1' },
        platforms: ['linux/amd64'],
        checksum: { sha256: 'a'.repeat(64) },
      }),
    ],
    ['a chart of a source tarball', chart({ generatedSource: true, folder: 'charts/c' })],
    ['a name of a Helm release with dots', chart({ release: 'a.b-c.d1' })],
  ])('may be %s', (_what, changes) => {
    expect(found(changes)).toEqual([])
  })

  it.each<[string, object, string | RegExp]>([
    [
      'no URL for a platform',
      file({ url: { 'linux/amd64': 'https://f.example/1' } }),
      'error SOURCE files.a.url: there is no URL for linux/arm64; name one, or set "platforms"',
    ],
    [
      'a path',
      file({ url: '/tmp/a', platforms: ['linux/amd64'] }),
      'error SOURCE files.a.url: "/tmp/a" is not an http(s) URL',
    ],
    [
      'another protocol',
      file({ url: 'ftp://f.example/a', platforms: ['linux/amd64'] }),
      'error SOURCE files.a.url: "ftp://f.example/a" is not an http(s) URL',
    ],
    [
      'a registry',
      file({ url: 'oci://registry.example/charts/a:1.0.0', platforms: ['linux/amd64'] }),
      /^error SOURCE files\.a\.url: .* is in a registry, from which only images are taken: "helm pull"/,
    ],
    [
      'a percent sign that encodes nothing',
      file({ url: 'https://f.example/100%x', platforms: ['linux/amd64'] }),
      /^error SOURCE files\.a\.url: .* "%x" is not a percent-encoded byte/,
    ],
    [
      'credentials',
      file({ url: 'https://me:secret@f.example/a', platforms: ['linux/amd64'] }),
      /^error SOURCE files\.a\.url: the URL for f\.example holds credentials/,
    ],
    [
      'a user without a password',
      file({ url: 'https://me@f.example/a', platforms: ['linux/amd64'] }),
      /holds credentials/,
    ],
    ...['https://me:s3cret@f.example/%zz', 'ftp://me:s3cret@f.example/a', 'me:s3cret@f.example/a'].map(
      (url): [string, object, RegExp] => [
        `credentials in what is no valid URL (${url})`,
        file({ url, platforms: ['linux/amd64'] }),
        /^error SOURCE files\.a\.url: the URL for f\.example holds credentials/,
      ],
    ),
    ...['X-Amz-Signature', 'X-Goog-Credential', 'sig', 'q-signature', 'access_token', 'private_token'].map(
      (name): [string, object, RegExp] => [
        `a credential in its query (${name})`,
        file({ url: `https://f.example/latest/a?v=1&${name}=s3cret`, platforms: ['linux/amd64'] }),
        new RegExp(
          `^error SOURCE files\\.a\\.url: the URL for f\\.example carries a credential \\("${name}"\\)`,
        ),
      ],
    ),
    [
      'a branch',
      file({ url: 'https://raw.githubusercontent.com/o/r/main/x', platforms: ['linux/amd64'] }),
      /^warning SOURCE files\.a\.url: .* is a moving target \("main"\)/,
    ],
    [
      'a branch by its whole name',
      file({ url: 'https://raw.githubusercontent.com/o/r/refs/heads/master/x', platforms: ['linux/amd64'] }),
      /moving target \("master"\)/,
    ],
    [
      'the latest release',
      file({ url: 'https://f.example/releases/latest/download/x', platforms: ['linux/amd64'] }),
      /moving target \("latest"\)/,
    ],
    [
      'a checksum file that is no URL',
      file({ checksum: { url: 'sums' } }),
      'error SOURCE files.a.checksum.url: "sums" is not an http(s) URL',
    ],
    [
      'a checksum of what changes',
      file({ generatedSource: true, member: 'm', checksum: { sha256: 'a'.repeat(64) } }),
      /^error SOURCE files\.a\.checksum: a tarball that is generated/,
    ],
    [
      'one digest for two platforms',
      file({
        url: { 'linux/amd64': 'https://f.example/1', 'linux/arm64': 'https://f.example/2' },
        checksum: { sha256: 'a'.repeat(64) },
      }),
      /^error SOURCE files\.a\.checksum\.sha256: one digest cannot be right/,
    ],
    [
      'no place in the archive',
      file({ path: undefined }),
      /^error SOURCE files\.a: there is neither "path" nor "members"/,
    ],
    [
      'two forms at once',
      file({ members: { a: 'b' } }),
      /^error SOURCE files\.a: "path" and "members" exclude each other/,
    ],
    [
      'a member beside members',
      file({ path: undefined, member: 'm', members: { a: 'b' } }),
      'error SOURCE files.a.member: write this member into "members"',
    ],
    [
      'a file that is generated each time',
      file({ generatedSource: true }),
      /^error SOURCE files\.a\.generatedSource: only what is taken out/,
    ],
    [
      'a chart that is generated each time',
      chart({ generatedSource: true }),
      /^error SOURCE charts\.c\.generatedSource: .* name the chart’s "folder"/,
    ],
    [
      'a Helm release in capitals',
      chart({ release: 'Cloud' }),
      /^error SOURCE charts\.c\.release: "Cloud" is not a name for a Helm release/,
    ],
    ['a Helm release that ends with a dash', chart({ release: 'c-' }), /is not a name for a Helm release/],
    ['a Helm release that is too long', chart({ release: 'c'.repeat(54) }), /at most 53/],
    [
      'a namespace with a dot',
      chart({ namespace: 'kube.system' }),
      /"kube.system" is not a name for a namespace/,
    ],
    [
      'an image without files for a platform',
      { imageFiles: { i: { reference: 'a:1', roles: ['cloud'], files: { 'linux/amd64': {} } } } },
      'error SOURCE imageFiles.i.files: there is nothing for linux/arm64, and an archive is built for it',
    ],
    [
      'a list that is no URL',
      { imageLists: { l: { roles: ['cloud'], url: 'list.txt' } }, platforms: ['linux/amd64'] },
      /^error SOURCE imageLists\.l\.url/,
    ],
  ])('is not %s', (_what, changes, line) => {
    expect(found(changes)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)])
  })

  it('looks at URLs as they are asked for', () => {
    expect(found(file({ url: 'https://f.example/v${tool}/${arch}' }))).toEqual([])
    expect(found(file({ url: 'https://f.example/${gone}', platforms: ['linux/amd64'] }))).toEqual([])
  })

  it('never shows a password', () => {
    expect(found(file({ url: 'https://me:hunter2@f.example/a' })).join()).not.toMatch(/hunter2|me:/)
  })
})
