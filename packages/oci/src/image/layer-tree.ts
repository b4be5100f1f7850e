import type { Header } from 'tar-stream'
import { BEYOND_LIMIT, fail } from '../codes.ts'
import { insidePath, PATH_LIMIT, pathTooLong, refused } from '../tar/tar-paths.ts'

/** Where a file's bytes are: the number of the layer and of the entry in it. */
export interface FileSource {
  readonly layer: number
  readonly entry: number
}

export interface FileNode {
  readonly kind: 'file'
  /** The layer that put it here. */
  readonly layer: number
  readonly source: FileSource
  readonly size: number
  readonly mode: number
}
interface DirectoryNode {
  readonly kind: 'directory'
  layer: number
  readonly children: Map<string, Node>
}
interface SymlinkNode {
  readonly kind: 'symlink'
  readonly layer: number
  readonly target: string
}
interface DeviceNode {
  readonly kind: 'device'
  readonly layer: number
}
type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode

/** The merged file system of an image, without contents. */
export interface LayerTree {
  /** Applies an entry of layer number `layer`; layers come from the lowest to the highest. */
  add(header: Header, source: FileSource, what: string): void
  /** Follows symbolic links inside the image; undefined when there is nothing. */
  resolve(path: string): { readonly path: string; readonly node: Node } | undefined
}

const WHITEOUT = '.wh.' // image-spec 1.1, layer.md, "Whiteouts"
const OPAQUE = '.wh..wh..opq'
/** Files and folders of one image, folders that only a path implies included. Large images have a few 100,000. */
const NODE_LIMIT = 1_000_000
const LINK_LIMIT = 40 // as Linux (path_resolution(7))

/** @param nodeLimit {@link NODE_LIMIT} when left out */
export function layerTree(nodeLimit = NODE_LIMIT): LayerTree {
  const root: DirectoryNode = { kind: 'directory', layer: -1, children: new Map() }
  let nodes = 0
  return {
    add(header, source, what) {
      nodes += addEntry(root, { header, source, what })
      if (nodes > nodeLimit) throw tooManyNodes(what, nodeLimit)
    },
    resolve: (path) => walk(root, path, { followLast: true }),
  }
}

interface Addition {
  readonly header: Header
  readonly source: FileSource
  readonly what: string
}

/** Adds an entry; returns how many files and folders are new. */
function addEntry(root: DirectoryNode, addition: Addition): number {
  const { header, source, what } = addition
  const path = insidePath(header.name, what, 'from the root')
  if (path === '') return 0
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  const made = { count: 0 }
  const folder = path.slice(0, Math.max(slash, 0))
  const found = walk(root, folder, { followLast: true, create: source.layer, made })
  if (found?.node.kind !== 'directory') {
    throw refused(what, header.name, 'the folder that it lies in is a file', '其所在目录是一个文件')
  }
  const parent = found.node
  if (name === OPAQUE) {
    for (const child of [...parent.children.keys()]) removeLower(parent, child, source.layer)
  } else if (name.startsWith(WHITEOUT)) {
    removeLower(parent, name.slice(WHITEOUT.length), source.layer)
  } else {
    if (!parent.children.has(name)) made.count++
    put(parent, name, nodeOf(root, addition))
  }
  return made.count
}

function tooManyNodes(what: string, limit: number): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: { en: `${what} holds too many files and folders`, zh: `${what} 中的文件和目录过多` },
    because: { en: `at most ${limit} are accepted`, zh: `最多接受 ${limit} 个` },
    fix: BEYOND_LIMIT,
  })
}

function put(parent: DirectoryNode, name: string, node: Node): void {
  const before = parent.children.get(name)
  if (node.kind === 'directory' && before?.kind === 'directory') before.layer = node.layer
  else parent.children.set(name, node)
}

function nodeOf(root: DirectoryNode, { header, source, what }: Addition): Node {
  const { layer } = source
  switch (header.type) {
    case 'directory':
      return { kind: 'directory', layer, children: new Map() }
    case 'symlink':
      if ((header.linkname?.length ?? 0) > PATH_LIMIT) throw pathTooLong(what, header.linkname ?? '')
      return { kind: 'symlink', layer, target: header.linkname ?? '' }
    case 'file':
    case 'contiguous-file':
      return { kind: 'file', layer, source, size: header.size, mode: header.mode & 0o777 }
    case 'link': {
      const target = insidePath(header.linkname, what, 'from the root')
      const found = walk(root, target, { followLast: false })
      if (found === undefined || found.node.kind === 'directory') {
        throw refused(
          what,
          header.name,
          `it is a link to ${target}, which is no file`,
          `硬链接目标 ${target} 不是文件`,
        )
      }
      return { ...found.node, layer }
    }
    default:
      return { kind: 'device', layer }
  }
}

/** A whiteout hides what lower layers have, never what its own layer brings, in whatever order they stand. */
function removeLower(parent: DirectoryNode, name: string, layer: number): void {
  const node = parent.children.get(name)
  if (node === undefined) return
  if (node.kind === 'directory') {
    for (const child of [...node.children.keys()]) removeLower(node, child, layer)
    if (node.children.size > 0) return
  }
  if (node.layer < layer) parent.children.delete(name)
}

interface WalkOptions {
  readonly followLast: boolean
  /** Makes folders that are missing, for this layer. */
  readonly create?: number
  /** Counts them. */
  readonly made?: { count: number }
}

/** Links are followed as if the image's root were `/`: `..` there stays there. */
function walk(
  root: DirectoryNode,
  path: string,
  options: WalkOptions,
): { path: string; node: Node } | undefined {
  const pending = path.split('/').reverse()
  let trail: { name: string; node: DirectoryNode }[] = []
  let links = 0
  while (pending.length > 0) {
    const name = pending.pop() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      trail.pop()
      continue
    }
    const here = trail.at(-1)?.node ?? root
    const child = here.children.get(name) ?? makeFolder(here, name, options)
    if (child === undefined) return undefined
    const isLast = pending.every((part) => part === '' || part === '.')
    if (child.kind === 'symlink' && (options.followLast || !isLast)) {
      if (++links > LINK_LIMIT) return undefined
      if (child.target.startsWith('/')) trail = []
      pending.push(...child.target.split('/').reverse())
    } else if (child.kind === 'directory') {
      trail.push({ name, node: child })
    } else {
      return isLast ? { path: pathOf(trail, name), node: child } : undefined
    }
  }
  return { path: pathOf(trail), node: trail.at(-1)?.node ?? root }
}

function makeFolder(
  here: DirectoryNode,
  name: string,
  { create: layer, made }: WalkOptions,
): Node | undefined {
  if (layer === undefined) return undefined
  if (made !== undefined) made.count++
  const node: DirectoryNode = { kind: 'directory', layer, children: new Map() }
  here.children.set(name, node)
  return node
}

function pathOf(trail: readonly { readonly name: string }[], last?: string): string {
  const names = trail.map((step) => step.name)
  return `/${[...names, ...(last === undefined ? [] : [last])].join('/')}`
}
