import path from 'node:path'
import type { ImageFile, ImageRecipe } from '../images/recipe.ts'
import type { PublishedImage } from './content.ts'
import { readDockerArchives } from './docker-archives.ts'
import { GLIBC, glibcFiles, glibcNames } from './glibc.ts'
import { placeholderFile } from './placeholders.ts'
import type { FindProgram } from './programs.ts'
import { type PlatformImage, type PublishedRecipe, platformImage, publish } from './publish.ts'
import {
  EDGE_IMAGES,
  K3S_IMAGES,
  NODE_IMAGE,
  OLDER_IMAGES,
  PUBLISHED,
  type PublishedPlatform,
  VERSIONS,
} from './versions.ts'

/** Docker's official images of those years: a manifest list of schema 2, `arm64` with its variant, no attestations. */
const DOCKER_FORMAT = new Set(['docker.io/library/eclipse-mosquitto:1.6.15'])

/**
 * Every image that the release asks for, for each platform by the same chain as programs: an archive in
 * `directory/images`, a recipe of the caller, for Node one made of packages, a placeholder. What the first two hold
 * besides is published, too.
 */
export async function releaseImages(options: {
  readonly directory: string | undefined
  readonly recipes: readonly ImageRecipe[]
  readonly find: FindProgram
}): Promise<PublishedImage[]> {
  const { directory, recipes, find } = options
  const archives =
    directory === undefined
      ? new Map<string, PlatformImage>()
      : await readDockerArchives(path.join(directory, 'images'))
  const own = [...K3S_IMAGES, ...EDGE_IMAGES, ...OLDER_IMAGES, NODE_IMAGE]
  const references = new Set([...own, ...recipes.map((recipe) => recipe.reference), ...archives.keys()])
  const published: PublishedImage[] = []
  for (const reference of references) {
    const isOwn = (own as readonly string[]).includes(reference)
    const images: PlatformImage[] = []
    for (const platform of PUBLISHED) {
      const archive = archives.get(reference)
      const recipe = recipes.find((one) => one.reference === reference && one.platform === platform)
      if (archive?.platform === platform) images.push(archive)
      else if (recipe !== undefined) images.push(await platformImage(recipe))
      else if (reference === NODE_IMAGE) images.push(await platformImage(await nodeImage(platform, find)))
      else if (isOwn) images.push(await platformImage(placeholder(reference, platform)))
    }
    published.push(publish(reference, images, DOCKER_FORMAT.has(reference) ? 'docker' : 'oci'))
  }
  return published
}

function placeholder(reference: string, platform: PublishedPlatform): PublishedRecipe {
  return {
    reference,
    platform,
    entrypoint: ['/edgelift-placeholder'],
    files: [
      { path: '/edgelift-placeholder', mode: 0o644, source: placeholderFile(`${reference} (${platform})`) },
      { path: '/platform', mode: 0o644, source: Buffer.from(`${platform}\n`) },
    ],
    ...(DOCKER_FORMAT.has(reference) && platform === 'linux/arm64' ? { variant: 'v8' } : {}),
    placeholder: true,
  }
}

/**
 * Docker's official Node image on Debian, as far as the runtime takes files out of it: merged `/usr`, so that the
 * paths go through links, a layer of Debian and one of Node.
 */
async function nodeImage(platform: PublishedPlatform, find: FindProgram): Promise<PublishedRecipe> {
  const { triplet, loader } = GLIBC[platform]
  const node = await find('node', platform)
  const libraries = await glibcFiles(platform)
  const base: ImageFile[] = glibcNames(platform).map((name) => ({
    path: `/usr/lib/${triplet}/${realName(name)}`,
    mode: 0o755,
    source: libraries.get(name) ?? placeholderFile(`${name} (${platform})`),
  }))
  const isAmd64 = platform === 'linux/amd64'
  const symlinks = {
    '/lib': 'usr/lib',
    ...(isAmd64 ? { '/lib64': 'usr/lib64' } : {}),
    [isAmd64 ? `/usr/lib64/${loader}` : `/usr/lib/${loader}`]: isAmd64
      ? `/lib/${triplet}/${loader}`
      : `${triplet}/${loader}`,
    [`/usr/lib/${triplet}/libstdc++.so.6`]: realName('libstdc++.so.6'),
  }
  return {
    reference: NODE_IMAGE,
    platform,
    ...(isAmd64 ? {} : { variant: 'v8' }),
    cmd: ['node'],
    env: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `NODE_VERSION=${VERSIONS.node}`,
    ],
    base: { files: [...base, ...NOTICES.map(notice)], symlinks },
    files: [{ path: '/usr/local/bin/node', mode: 0o755, source: node.source }, notice('/usr/local/LICENSE')],
    symlinks: { '/usr/local/bin/nodejs': 'node' },
  }
}

/** Where Debian keeps the terms of the C library, and those of GCC's libraries. */
const NOTICES = ['/usr/share/doc/libc6/copyright', '/usr/share/doc/gcc-12-base/copyright']

function notice(path: string): ImageFile {
  return { path, mode: 0o644, source: Buffer.from(`The real image has its terms here, in ${path}.\n`) }
}

/** In Debian's package the C++ library's name is a link to the file with its full version. */
function realName(name: string): string {
  return name === 'libstdc++.so.6' ? 'libstdc++.so.6.0.30' : name
}
