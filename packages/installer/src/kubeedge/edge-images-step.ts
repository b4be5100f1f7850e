import { importedStep } from '../containerd/import-step.ts'
import type { Step } from '../steps/step.ts'
import type { EdgeContext } from './edge-context.ts'

/** The archive's images in the node's containerd (G41, G42), so that no pod ever pulls. */
export function imagesStep(context: EdgeContext): Step {
  const { manifest, runtime } = context
  // Those of the archive's own containerd go with its data.
  const keepsOthers = runtime.kind === 'existing'
  return importedStep({ ...context, ctr: runtime.ctr, images: manifest.images, keepsOthers })
}
