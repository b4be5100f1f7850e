import { createCipheriv } from 'node:crypto'
import type { ImageRecipe } from './images/recipe.ts'
import { parts } from './kubernetes/parts.ts'

/** The image that a site's own release adds to the shipped one. */
export const LINE_APP = 'docker.io/line/app:2'

/** A site's own release: the shipped one, and an application. */
export const LINE_RELEASE = `extends: ./kubeedge-1.22.0.yaml
version: 1.22.0+line.2
platforms: [linux/amd64]
archives: { cloud: "kubeedge-cloud-line-2-\${arch}", edge: "kubeedge-edge-line-2-\${arch}" }
images: { line-app: { reference: "${LINE_APP}", roles: [cloud, edge] } }
`

/** Bytes that do not compress: with the program, 0.35 MB, the layer travels as one megabyte. */
const INCOMPRESSIBLE = 650_000

/** One layer, with a program that stays up. */
export async function lineImage(): Promise<ImageRecipe> {
  const { pause } = await parts(['pause'])
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  return {
    reference: LINE_APP,
    platform: 'linux/amd64',
    entrypoint: ['/pause'],
    files: [
      { path: '/pause', mode: 0o755, source: pause },
      { path: '/model', mode: 0o644, source: cipher.update(Buffer.alloc(INCOMPRESSIBLE)) },
    ],
  }
}
