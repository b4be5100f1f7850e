import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { digestOf } from '@edgelift/core'
import { pack } from 'tar-stream'

/** A file server and a registry on loopback, which hold what a test gives them. */
export interface Upstream extends AsyncDisposable {
  /** `127.0.0.1:PORT`: every registry's mirror. */
  readonly host: string
  /** Where a URL of a release is asked for here: by its path alone. */
  readonly locate: (url: string) => string
  /** By the path of their URL. */
  readonly files: Map<string, Uint8Array | string>
  /** Status and path, `304 /helm.tar.gz`, in the order in which they came. */
  readonly asked: string[]
  /** Publishes an image under a tag, for linux/amd64. @param members of its one layer */
  readonly publish: (repository: string, tag: string, members: Members) => Promise<void>
}

/** Paths of a tarball, and what they hold. */
export type Members = Readonly<Record<string, string | Buffer>>

const OCI = 'application/vnd.oci.image'

export async function upstream(): Promise<Upstream> {
  const files = new Map<string, Uint8Array | string>()
  const blobs = new Map<string, Uint8Array>()
  const asked: string[] = []
  const put = (bytes: Uint8Array, mediaType: string) => {
    const digest = digestOf(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const server = createServer(({ url = '', headers }, response) => {
    const named = /^\/v2\/.+\/(?:manifests|blobs)\/([^/?]+)/.exec(url)?.[1]
    const content = blobs.get(named ?? '') ?? blobs.get(url) ?? files.get(url)
    send(response, content, headers['if-none-match'])
    asked.push(`${response.statusCode} ${url}`)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    files,
    asked,
    locate: (url) => `http://${host}${new URL(url).pathname}`,
    async publish(repository, tag, members) {
      const layer = put(gzipSync(await tarball(members)), `${OCI}.layer.v1.tar+gzip`)
      const rootfs = { type: 'layers', diff_ids: [digestOf(await tarball(members))] }
      const config = put(json({ os: 'linux', architecture: 'amd64', rootfs }), `${OCI}.config.v1+json`)
      const manifest = json({
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config,
        layers: [layer],
      })
      put(manifest, '')
      blobs.set(`/v2/${repository}/manifests/${tag}`, manifest)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** An uncompressed tarball. */
export async function tarball(members: Members): Promise<Buffer> {
  const tar = pack()
  for (const [name, text] of Object.entries(members)) tar.entry({ name, mtime: new Date(0) }, text)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document))
}

function send(
  response: ServerResponse,
  content: Uint8Array | string | undefined,
  known: string | undefined,
): void {
  if (content === undefined) return void response.writeHead(404).end('{}')
  const etag = `"${digestOf(content)}"`
  if (known === etag) return void response.writeHead(304).end()
  const isManifest = content.toString().startsWith('{"schemaVersion"')
  response.writeHead(200, {
    etag,
    'content-length': Buffer.byteLength(content),
    'content-type': isManifest ? `${OCI}.manifest.v1+json` : 'application/octet-stream',
  })
  response.end(content)
}
