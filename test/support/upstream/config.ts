import { dump } from 'js-yaml'
import type { UpstreamContent } from './content.ts'

/** The `edgelift.config.yaml` that leads every registry and host of the content to `origin`, in plain HTTP, and nothing elsewhere. */
export function configFor(origin: string, content: UpstreamContent): string {
  const registries = unique(content.images.map((image) => image.reference.split('/', 1)[0] ?? ''))
  const hosts = unique(content.files.map((file) => new URL(file.url).origin))
  return dump({
    mirrors: Object.fromEntries(registries.map((registry) => [registry, [`${origin}/${registry}`]])),
    mirrorsOnly: true,
    rewrites: Object.fromEntries(hosts.map((host) => [`${host}/`, `${origin}/${new URL(host).host}/`])),
    plainHttp: [new URL(origin).host],
  })
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
