import { z } from 'zod'

/**
 * A list of the Kubernetes API. One without items may say `null`, which is what Go makes of a slice that nobody has made: the API's
 * own lists of metadata, and metaServer's; `kubectl get -o json` says `[]`.
 */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z
      .array(item)
      .nullable()
      .transform((items) => items ?? []),
  })
}
