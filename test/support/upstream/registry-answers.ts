import type { PublishedImage } from './content.ts'
import { type Answer, type Asked, contentAnswer, jsonAnswer } from './exchange.ts'
import type { Guard } from './tokens.ts'

/** What a registry holds, by repository: `docker.io/library/busybox`, since one server stands for all of them. */
export type Repositories = ReadonlyMap<string, Repository>

interface Repository {
  readonly tags: Map<string, string>
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>
  readonly blobs: Map<string, PublishedImage['blobs'] extends ReadonlyMap<string, infer B> ? B : never>
}

export function repositoriesOf(images: readonly PublishedImage[]): Repositories {
  const all = new Map<string, Repository>()
  for (const image of images) {
    const colon = image.reference.lastIndexOf(':')
    const name = image.reference.slice(0, colon)
    const repository = all.get(name) ?? { tags: new Map(), manifests: new Map(), blobs: new Map() }
    all.set(name, repository)
    repository.tags.set(image.reference.slice(colon + 1), image.root)
    for (const [digest, manifest] of image.manifests) repository.manifests.set(digest, manifest)
    for (const [digest, blob] of image.blobs) repository.blobs.set(digest, blob)
  }
  return all
}

const VERSION = { 'docker-distribution-api-version': 'registry/2.0' }
const PATH = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/

/** The pull side of the OCI distribution specification 1.1. `guard` is undefined where nobody is asked who they are. */
export function registryAnswer(repositories: Repositories, asked: Asked, guard: Guard | undefined): Answer {
  const [, name, kind, last = ''] = PATH.exec(asked.path) ?? []
  const refusal = guard?.refusal(asked, name)
  if (refusal !== undefined) return withVersion(refusal)
  if (asked.path === '/v2/' || asked.path === '/v2') return jsonAnswer(200, {}, VERSION)
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return unknown(405, 'UNSUPPORTED')
  const repository = repositories.get(name ?? '')
  if (repository === undefined) return unknown(404, 'NAME_UNKNOWN')
  if (kind === 'tags') return jsonAnswer(200, { name, tags: [...repository.tags.keys()].sort() }, VERSION)
  return kind === 'manifests' ? manifestAnswer(repository, asked, last) : blobAnswer(repository, asked, last)
}

function manifestAnswer(repository: Repository, asked: Asked, name: string): Answer {
  const digest = repository.tags.get(name) ?? name
  const manifest = repository.manifests.get(digest)
  if (manifest === undefined) return unknown(404, 'MANIFEST_UNKNOWN')
  return contentAnswer(
    asked,
    { bytes: manifest.bytes },
    {
      etag: digest,
      headers: { ...VERSION, 'content-type': manifest.mediaType, 'docker-content-digest': digest },
    },
  )
}

function blobAnswer(repository: Repository, asked: Asked, digest: string): Answer {
  const blob = repository.blobs.get(digest)
  if (blob === undefined) return unknown(404, 'BLOB_UNKNOWN')
  return contentAnswer(asked, blob, {
    etag: digest,
    headers: { ...VERSION, 'docker-content-digest': digest },
  })
}

function unknown(status: number, code: string): Answer {
  const message = code.toLowerCase().replace('_', ' ')
  return jsonAnswer(status, { errors: [{ code, message, detail: null }] }, VERSION)
}

function withVersion(answer: Answer): Answer {
  return { ...answer, headers: { ...VERSION, ...answer.headers } }
}
