import { createHash } from 'node:crypto'
import { contentMismatch, type Digest, digestOf, verified } from '@edgelift/core'
import type { Credentials } from '../auth/credentials.ts'
import { type Endpoint, endpointsOf, openSearch } from '../http/endpoints.ts'
import { openMeter } from '../http/meter.ts'
import { firstWords, METADATA_LIMIT, readBytes } from '../http/responses.ts'
import { openRetryBudget, persist } from '../http/retry-budget.ts'
import { openTransport, type Response, type Transport, type TransportOptions } from '../http/transport.ts'
import { checkKind, invalid, readManifestDocument } from '../manifest/manifest-document.ts'
import { MANIFEST_ACCEPT } from '../manifest/media-types.ts'
import { formatReference, type Reference } from '../name/reference.ts'
import { transfer } from '../transfer/transfer.ts'
import type { FetchedManifest, RegistryClient } from './client.ts'
import { type Access, openAccess } from './registry-access.ts'
import { resolveImages } from './resolve-image.ts'

export interface RegistryOptions extends TransportOptions {
  /**
   * For a registry (`docker.io`), the mirrors to ask before it: `host[:port]`, or a URL whose path goes before the
   * repository. A mirror that fails, or does not have it, is followed by the next, at last by the registry.
   */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>
  /** A registry that has mirrors is itself never asked. */
  readonly mirrorsOnly?: boolean
  /** Anonymous when left out. */
  readonly credentials?: Credentials
  /** One that is shared with others and closed by its owner; made of the other options when left out. */
  readonly transport?: Transport
}

export function openRegistry(options: RegistryOptions): RegistryClient {
  const transport = options.transport ?? openTransport(options)
  const access = openAccess(transport, options.credentials)
  const search = openSearch()
  const { mirrors = {}, mirrorsOnly = false } = options
  const endpoints = (registry: string) =>
    endpointsOf(registry, { mirrors, mirrorsOnly, isPlainHttp: transport.isPlainHttp })

  const fetchManifest: RegistryClient['fetchManifest'] = (ref, digest) =>
    search(endpoints(ref.registry), (endpoint, attempts) =>
      manifestFrom({ transport, access, endpoint, attempts }, ref, digest ?? ref.digest),
    )
  const fetchBlob: RegistryClient['fetchBlob'] = async (ref, descriptor, sink, name) => {
    const label = name ?? `${formatReference(ref)} ${descriptor.digest.slice(0, 19)}`
    const isPart = name === undefined
    const meter = openMeter({ id: descriptor.digest, label, isPart, report: transport.report })
    try {
      await search(endpoints(ref.registry), (endpoint, attempts) => {
        const path = `blobs/${descriptor.digest}`
        const request = { endpoint, repository: ref.repository, path, what: label }
        return transfer({
          open: (headers) => access({ ...request, headers }),
          sink,
          digest: descriptor.digest,
          size: descriptor.size,
          mayBeHtml: false,
          label,
          transport,
          budget: openRetryBudget({
            transport,
            label,
            url: `${endpoint.api}${ref.repository}/${path}`,
            attempts,
          }),
          meter,
        })
      })
      meter.complete()
      return { fetched: meter.fetched }
    } finally {
      meter.end()
    }
  }
  const resolveAll: RegistryClient['resolveImages'] = (ref, platforms) =>
    resolveImages({ fetchManifest, fetchBlob }, ref, platforms)
  return {
    fetchManifest,
    fetchBlob,
    resolveImages: resolveAll,
    async resolveImage(ref, platform) {
      const [image] = await resolveAll(ref, [platform])
      if (image === undefined) throw new Error('one platform resolves to one image')
      return image
    },
    async [Symbol.asyncDispose]() {
      if (options.transport === undefined) await transport[Symbol.asyncDispose]()
    },
  }
}

interface ManifestSource {
  readonly transport: Transport
  readonly access: Access
  readonly endpoint: Endpoint
  readonly attempts: number | undefined
}

async function manifestFrom(
  source: ManifestSource,
  ref: Reference,
  digest: Digest | undefined,
): Promise<FetchedManifest> {
  const { transport, endpoint } = source
  const what = digest === undefined ? formatReference(ref) : `${ref.registry}/${ref.repository}@${digest}`
  const path = `manifests/${digest ?? ref.tag ?? 'latest'}`
  const url = `${endpoint.api}${ref.repository}/${path}`
  const budget = openRetryBudget({ transport, label: what, url, attempts: source.attempts })
  return persist(budget, async () => {
    const headers = { accept: MANIFEST_ACCEPT }
    const response = await source.access({ endpoint, repository: ref.repository, path, headers, what })
    if (response.status !== 200) throw await partial(response, what)
    const bytes = await readBytes(
      response,
      { limit: METADATA_LIMIT, deadline: transport.timeouts.document },
      what,
    )
    const contentType = response.headers['content-type']
    const document = readManifestDocument(bytes, contentType, what)
    if (digest === undefined) checkKind(document, contentType, what) // else the digest says what it is
    if (digest === undefined) checkClaims(bytes, response.headers['docker-content-digest'], what)
    else verified(bytes, { digest }, what)
    return { bytes, mediaType: document.mediaType, digest: digestOf(bytes) }
  })
}

/** Each digest that a registry states of a manifest holds; of what is none, nothing follows. */
function checkClaims(bytes: Uint8Array, header: string | undefined, what: string): void {
  for (const claim of (header ?? '').split(',')) {
    const [, algorithm] = /^(sha256|sha384|sha512):[0-9a-f]{64,128}$/.exec(claim.trim()) ?? []
    if (algorithm === undefined) continue
    const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
    const problem = contentMismatch({ digest: claim.trim() as Digest }, { size: bytes.length, digest }, what)
    if (problem !== null) throw problem
  }
}

/** A part (206) of what was asked for as a whole. */
async function partial(response: Response, what: string): Promise<Error> {
  const { en, zh } = await firstWords(response)
  return invalid(what, `status ${response.status}${en}`, `状态码 ${response.status}${zh}`)
}
