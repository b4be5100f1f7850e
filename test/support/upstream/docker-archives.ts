import { createReadStream, createWriteStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CHUNK } from '@edgelift/core'
import { z } from 'zod'
import { cachedTar, keyOfFile } from './blob-cache.ts'
import type { PlatformImage } from './publish.ts'
import { eachTarEntry, extractTarFile, isGzip } from './tar-entries.ts'

const ArchiveManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullable(), Layers: z.array(z.string()) }),
)
const Config = z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() })

/** Images in `folder/*.tar` as `docker save` writes them (with or without an OCI layout), by reference in full. */
export async function readDockerArchives(folder: string): Promise<ReadonlyMap<string, PlatformImage>> {
  const found = new Map<string, PlatformImage>()
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => one.endsWith('.tar')).sort()) {
    for (const [reference, image] of await readArchive(path.join(folder, name))) found.set(reference, image)
  }
  return found
}

/** `busybox:1` is `docker.io/library/busybox:1`, as containerd normalises RepoTags. */
export function fullReference(tag: string): string {
  const parts = tag.split('/')
  const hasHost = parts.length > 1 && (/[.:]/.test(parts[0] ?? '') || parts[0] === 'localhost')
  if (hasHost) return tag
  return parts.length === 1 ? `docker.io/library/${tag}` : `docker.io/${tag}`
}

async function readArchive(file: string): Promise<[string, PlatformImage][]> {
  const { small, links } = await readSmall(file)
  const json = small.get('manifest.json')
  if (json === undefined) throw new Error(`${file}: no manifest.json, so not what docker save writes`)
  const images: [string, PlatformImage][] = []
  for (const { Config: configName, RepoTags: tags, Layers: layerNames } of ArchiveManifest.parse(
    parseJson(json),
  )) {
    const config = small.get(configName)
    if (config === undefined) throw new Error(`${file}: no ${configName}`)
    const { os, architecture, variant } = Config.parse(parseJson(config))
    const layers = []
    for (const name of layerNames) layers.push(await layerOf(file, links.get(name) ?? name))
    const image = {
      platform: `${os}/${architecture}`,
      ...(variant === undefined ? {} : { variant }),
      config,
      layers: layers.map((layer) => ({
        digest: layer.digest,
        content: { file: layer.file, size: layer.size },
        size: layer.size,
      })),
    }
    for (const tag of tags ?? []) images.push([fullReference(tag), image])
  }
  return images
}

const SMALL = 1024 * 1024 // no configuration is larger, and no manifest.json

async function readSmall(file: string): Promise<{ small: Map<string, Buffer>; links: Map<string, string> }> {
  const small = new Map<string, Buffer>()
  const links = new Map<string, string>()
  await eachTarEntry(file, async (header, content) => {
    if (header.type === 'symlink') {
      links.set(header.name, path.posix.join(path.posix.dirname(header.name), header.linkname))
    }
    if (header.type !== 'file' || header.size > SMALL) return
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    small.set(header.name, Buffer.concat(chunks))
  })
  return { small, links }
}

async function layerOf(file: string, name: string): ReturnType<typeof cachedTar> {
  return cachedTar(JSON.stringify(['layer 1', await keyOfFile(file), name]), async (folder) => {
    const tar = path.join(folder, 'layer')
    if (!(await extractTarFile(file, name, tar))) throw new Error(`${file}: no layer ${name}`)
    return (await isGzip(tar)) ? gunzipped(tar) : tar
  })
}

async function gunzipped(file: string): Promise<string> {
  await pipeline(createReadStream(file), createGunzip({ chunkSize: CHUNK }), createWriteStream(`${file}.tar`))
  return `${file}.tar`
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString())
}
