import type { ImageRecipe } from '../images/recipe.ts'
import { type Charts, releaseCharts } from './charts.ts'
import type { UpstreamContent } from './content.ts'
import { programFinder } from './programs.ts'
import { releaseFiles } from './release-files.ts'
import { releaseImages } from './release-images.ts'

/** What a caller has besides what is found here: real parts, or doubles. */
export interface ReleaseParts {
  /** Paths of programs for linux/amd64, by name: `k3s`, `edgecore`, `containerd`, `pause`, … */
  readonly programs?: Readonly<Record<string, string | undefined>>
  /** Take the place of the images of the same reference and platform, or are published besides. */
  readonly images?: readonly ImageRecipe[]
  /** Left out: upstream's own where this machine has them, else placeholders. */
  readonly charts?: Charts
  /** `EDGELIFT_UPSTREAM_DIR` when left out. */
  readonly directory?: string
  /** Told what had to be done without; to standard error when left out. */
  readonly note?: (text: string) => void
}

/**
 * All that manifests/kubeedge-1.22.0.yaml names, for linux/amd64 and linux/arm64, and what is published beside it. For
 * each part the first of these that has it: the folder `EDGELIFT_UPSTREAM_DIR`, the caller's parts, npm and Debian
 * packages, a placeholder that says so.
 */
export async function releaseContent(parts: ReleaseParts = {}): Promise<UpstreamContent> {
  const directory = parts.directory ?? process.env.EDGELIFT_UPSTREAM_DIR
  const find = programFinder({
    directory: directory === '' ? undefined : directory,
    given: parts.programs ?? {},
    note: parts.note ?? ((text) => process.stderr.write(`${text}\n`)),
  })
  const charts = parts.charts ?? (await releaseCharts())
  return {
    files: await releaseFiles(find, charts),
    images: await releaseImages({
      directory: directory === '' ? undefined : directory,
      recipes: parts.images ?? [],
      find,
    }),
  }
}
