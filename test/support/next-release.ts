import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomic } from '@edgelift/core'
import type { ImageRecipe } from './images/recipe.ts'
import { kubeEdgeImages } from './kubernetes/kubeedge/index.ts'
import { testCache } from './kubernetes/parts.ts'
import { once } from './nodes/cache.ts'
import { NEXT_VERSIONS, VERSIONS } from './upstream/versions.ts'

/** What the next release's K3s calls itself on a node. */
export const NEXT_K3S_SHOWN = VERSIONS.k3s.replace(/1$/, '2')

const NEXT_AGENT = `v${VERSIONS.edgemesh}-next`

/** What the next release says besides what it extends. */
export const NEXT_RELEASE = `extends: ./kubeedge-1.22.2.yaml
platforms: [linux/amd64]
images: { edgemesh-agent: { reference: "docker.io/kubeedge/edgemesh-agent:${NEXT_AGENT}" } }
charts: { edgemesh: { values: { agent: { image: "kubeedge/edgemesh-agent:${NEXT_AGENT}" } } } }
`

/** The doubles' images under the tags of the next release; each is an image of its own. */
export async function nextImages(): Promise<ImageRecipe[]> {
  const recipes = await kubeEdgeImages({ kubeedge: `v${NEXT_VERSIONS.kubeedge}`, edgemesh: NEXT_AGENT })
  const isNew = ({ reference }: ImageRecipe) =>
    reference.endsWith('-next') || reference.endsWith(`:v${NEXT_VERSIONS.kubeedge}`)
  return recipes
    .filter(isNew)
    .map((recipe) => ({ ...recipe, env: [...(recipe.env ?? [IMAGE_PATH]), 'RELEASE=next'] }))
}

const IMAGE_PATH = 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * What the doubles of the next release call themselves, as long as before, so that nothing else in the file moves. The
 * programs in K3s refuse to tell another version of Kubernetes than their own, so K3s is one of the same Kubernetes.
 */
const RENAMED = [
  { name: 'k3s', version: NEXT_VERSIONS.k3s, from: `v${VERSIONS.k3s}`, to: `v${NEXT_K3S_SHOWN}` },
  ...['edgecore', 'keadm'].map((name) => ({
    name,
    version: NEXT_VERSIONS.kubeedge,
    from: `v${VERSIONS.kubeedge}`,
    to: `v${NEXT_VERSIONS.kubeedge}`,
  })),
]

/** The programs of the next release, as `NAME-VERSION`. */
export async function nextPrograms(
  programs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const renamed: Record<string, string> = {}
  for (const { name, version, from, to } of RENAMED) {
    const program = programs[name]
    if (program !== undefined) renamed[`${name}-${version}`] = await rewritten(program, { from, to })
  }
  return renamed
}

async function rewritten(
  program: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string> {
  if (from.length !== to.length) throw new Error(`${to} is not as long as ${from}`)
  // The folder of a part is named by what it is made of.
  const key = createHash('sha256').update(`${program} ${from} ${to}`).digest('hex').slice(0, 16)
  const folder = path.join(testCache(), 'next-programs', key)
  await once(folder, async (temporary) => {
    const bytes = await readFile(program)
    let count = 0
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at)) {
      bytes.write(to, at)
      count += 1
    }
    if (count === 0) throw new Error(`${program} does not name its version ${from}`)
    await mkdir(temporary)
    await writeFileAtomic(path.join(temporary, path.basename(program)), bytes, 0o755)
  })
  return path.join(folder, path.basename(program))
}
