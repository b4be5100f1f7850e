import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { testCache } from '../kubernetes/parts.ts'

/** The root of this repository. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../..')

/** Where `./scripts/test` puts what it has fetched of upstream's charts; has the layout of `EDGELIFT_SHARED`. */
export function fetchedShared(): string {
  return path.join(testCache(), 'shared')
}

/**
 * Upstream's own charts and CRDs: the folder `upstream` in `EDGELIFT_SHARED`, or without this variable in `shared` beside
 * the repository, or fetched by `./scripts/test`. Undefined on a machine that does not have them.
 */
export function sharedUpstream(): string | undefined {
  const given = process.env.EDGELIFT_SHARED
  const shared = given === undefined ? [path.join(repositoryRoot, '..', 'shared'), fetchedShared()] : [given]
  return shared.map((folder) => path.join(folder, 'upstream')).find((folder) => existsSync(folder))
}

/**
 * Where upstream's own charts have to be: somebody has named a folder in `EDGELIFT_SHARED`, and not an empty one, which
 * asks for the placeholders. A test that finds none there fails.
 */
export function expectedUpstream(): string | undefined {
  const given = process.env.EDGELIFT_SHARED
  if (given === undefined || (existsSync(given) && readdirSync(given).length === 0)) return undefined
  return path.join(given, 'upstream')
}
