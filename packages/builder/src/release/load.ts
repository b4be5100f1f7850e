import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, joinTexts, nearest, readNamedText, type Text } from '@edgelift/core'
import { builderCodes, fail } from '../codes.ts'
import { FindingsError } from '../findings.ts'
import { releaseJsonSchema } from './json-schema.ts'
import { mergeReleases } from './merge.ts'
import { EXTENDS, Release } from './schema.ts'
import { describeIssues, formatPath, type SchemaDefect } from './schema-errors.ts'
import { parseYaml, type YamlFile } from './yaml.ts'

export interface LoadOptions {
  /** Folders in which a release is found by its name, in this order (`manifests/`). */
  readonly folders: readonly string[]
  /** Releases that are found by name when no folder has them: file name to text. */
  readonly carried?: ReadonlyMap<string, string>
}

/** A release that follows the schema, and where it was read. */
export interface LoadedRelease {
  /** The file that was asked for; of a carried release, where it would lie in the working directory. Its lock lies beside it. */
  readonly file: string
  /** How messages call it: the file, or the name of a release that is carried. */
  readonly subject: string
  readonly isCarried: boolean
  readonly release: Release
}

interface Part {
  readonly file: string
  /** How messages call the file; of a carried one, its name, for it lies nowhere. */
  readonly shown: string
  readonly yaml: YamlFile
}

/**
 * Reads a release: a file, or the name of one in `folders`; follows `extends`, merges and validates.
 * @throws RELEASE_NOT_FOUND, RELEASE_UNREADABLE, RELEASE_EXTENDS, RELEASE_INVALID (every defect at once)
 */
export async function loadRelease(name: string, options: LoadOptions): Promise<LoadedRelease> {
  const source = await findRelease(name, [undefined, ...options.folders], options)
  const parts = await readChain(source, options)
  const merged = parts.reduceRight<unknown>((below, part) => mergeReleases(below, withoutExtends(part)), {})
  const result = Release.safeParse(merged, { reportInput: true })
  const { file, subject, isCarried } = source
  if (result.success) return { file, subject, isCarried, release: result.data }
  throw invalid(name, parts, describeIssues(result.error.issues, releaseJsonSchema()))
}

/** `manifests/x.yaml` to `manifests/x.lock.json`. */
export function lockFileOf(releaseFile: string): string {
  return `${releaseFile.replace(/\.(ya?ml|json)$/, '')}.lock.json`
}

/** A release's text, and the file that it was read from or stands for. */
interface Source {
  readonly file: string
  readonly subject: string
  readonly isCarried: boolean
  /** Tells two sources apart: the file's real path, or its name among the carried ones. */
  readonly identity: string
  readonly text: string
}

/** The file and those that it extends, the furthest last. */
async function readChain(source: Source, options: LoadOptions): Promise<readonly Part[]> {
  const parts: Part[] = []
  const seen = new Set<string>()
  for (let next: Source | undefined = source; next !== undefined; ) {
    const { file, subject, isCarried, identity, text }: Source = next
    const shown = isCarried ? `${subject}.yaml` : file
    if (seen.has(identity)) throw circle([...parts.map((part) => part.shown), shown])
    seen.add(identity)
    const part: Part = { file, shown, yaml: parseYaml(text, shown) }
    parts.push(part)
    next = await extendedBy(part, options)
  }
  return parts
}

async function extendedBy(part: Part, options: LoadOptions): Promise<Source | undefined> {
  const { value } = part.yaml
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(
      part.shown,
      [part],
      [{ path: [], text: { en: 'must be a map of keys and values', zh: '必须是由键和值组成的映射' } }],
    )
  }
  const base = (value as Record<string, unknown>)[EXTENDS]
  if (base === undefined) return undefined
  if (typeof base !== 'string' || base === '') {
    throw invalid(
      part.shown,
      [part],
      [
        {
          path: [EXTENDS],
          text: { en: 'must be a file or the name of a release', zh: '必须是文件或发布名称' },
        },
      ],
    )
  }
  try {
    return await findRelease(base, [path.dirname(part.file), ...options.folders], options)
  } catch (error) {
    throw fail(
      'RELEASE_EXTENDS',
      {
        what: {
          en: `${part.shown}:${part.yaml.lineOf([EXTENDS])}: extends "${base}", which is not there`,
          zh: `${part.shown}:${part.yaml.lineOf([EXTENDS])}：extends 的 "${base}" 不存在`,
        },
        ...((error as { because?: Text }).because === undefined
          ? {}
          : { because: (error as { because: Text }).because }),
        fix: {
          en: 'name a file relative to this one, or a release in manifests/',
          zh: '请写相对于本文件的路径，或 manifests/ 中的发布名称',
        },
      },
      { cause: error },
    )
  }
}

/** @param folders where to look; `undefined` is the working directory, where only a path counts */
async function findRelease(
  name: string,
  folders: readonly (string | undefined)[],
  { carried = new Map() }: LoadOptions,
): Promise<Source> {
  const names = /\.(ya?ml|json)$/.test(name) ? [name] : [`${name}.yaml`, `${name}.yml`, name]
  for (const folder of folders) {
    for (const candidate of names) {
      const file = folder === undefined ? candidate : path.resolve(folder, candidate)
      const text = await readIfFile(file)
      if (text !== undefined)
        return { file, subject: file, isCarried: false, identity: await identityOf(file), text }
    }
  }
  for (const candidate of names) {
    const text = carried.get(candidate)
    if (text === undefined) continue
    const subject = asName(candidate)
    return { file: path.resolve(candidate), subject, isCarried: true, identity: candidate, text }
  }
  const looked = [...new Set(folders.map((folder) => path.dirname(path.resolve(folder ?? '.', name))))]
  throw await notFound(name, looked, [...carried.keys()])
}

/** A pipe (`<(...)`) has no real path. */
function identityOf(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file))
}

function asName(file: string): string {
  return path.basename(file).replace(/\.(ya?ml|json)$/, '')
}

async function notFound(
  name: string,
  folders: readonly string[],
  carried: readonly string[],
): Promise<Error> {
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])))
  const wanted = asName(name)
  const all = [...files.flat().filter((file) => /\.ya?ml$/.test(file)), ...carried]
  const known = [...new Set(all.map(asName))]
  const near = nearest(wanted, known)
  const others = known.filter(
    (one) => near !== undefined && one !== near && one.startsWith(wanted.slice(0, 4)),
  )
  const close = near === undefined ? [] : [near, ...others.sort()].slice(0, 3)
  const [where, also] = [folders.join(', '), carried.length > 0]
  const isFolder = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return fail('RELEASE_NOT_FOUND', {
    what: { en: `there is no release "${name}"`, zh: `没有发布 "${name}"` },
    because: isFolder
      ? { en: `${name} is a directory`, zh: `${name} 是目录` }
      : {
          en: `looked in ${where}${also ? ' and among the releases that edgelift carries' : ''}`,
          zh: `查找位置：${where}${also ? '，以及 edgelift 内置的发布' : ''}`,
        },
    fix:
      close.length > 0
        ? {
            en: `did you mean ${close.join(', ')}? Otherwise give the release's file`,
            zh: `是否指 ${close.join('、')}？否则请给出发布清单文件`,
          }
        : carried.length === 0
          ? { en: "give the release's file", zh: '请给出发布清单文件' }
          : {
              en: `give a file, or the name of a release that edgelift carries: ${carried.map(asName).join(', ')}`,
              zh: `请给出发布清单文件，或 edgelift 内置发布的名称：${carried.map(asName).join('、')}`,
            },
  })
}

/** The text of a file; undefined where there is none. */
async function readIfFile(file: string): Promise<string | undefined> {
  try {
    return await readNamedText(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}

function withoutExtends(part: Part): unknown {
  const { [EXTENDS]: _, ...rest } = part.yaml.value as Record<string, unknown>
  return rest
}

function circle(files: readonly string[]): Error {
  const way = files.join(' -> ')
  return fail('RELEASE_EXTENDS', {
    what: { en: `${files[0]}: extends itself`, zh: `${files[0]}：extends 形成循环` },
    because: way,
    fix: { en: 'remove one "extends" of the circle', zh: '请删除循环中的一个 extends' },
  })
}

function invalid(name: string, parts: readonly Part[], defects: readonly SchemaDefect[]): Error {
  const places = defects.map((defect) => {
    const part = ownerOf(defect.path, parts)
    const field = formatPath(defect.path) || 'the file'
    const where = part === undefined ? name : `${part.shown}:${part.yaml.lineOf(defect.path)}`
    return { where, field, text: defect.text }
  })
  return new FindingsError(
    { code: 'RELEASE_INVALID', exit: builderCodes.RELEASE_INVALID.exit },
    {
      what: {
        en: `${name}: ${defects.length === 1 ? '1 place does' : `${defects.length} places do`} not follow the schema`,
        zh: `${name}：有 ${defects.length} 处不符合格式`,
      },
      because: joinTexts(
        places.map(({ where, field, text }) => ({
          en: `${where}: ${field}: ${text.en}`,
          zh: `${where}：${field}：${text.zh}`,
        })),
        '\n',
      ),
      fix: {
        en: 'fix these places; edgelift init NEW-FOLDER writes a release with an example of every part',
        zh: '请修正上述各处；edgelift init 新目录 会生成包含各部分示例的发布清单',
      },
    },
    places.map(({ field, where, text }) => ({
      severity: 'error',
      code: 'SCHEMA',
      where: `${where} ${field}`,
      text,
    })),
  )
}

/** The first file that says anything about the path or its nearest ancestor. */
function ownerOf(where: readonly PropertyKey[], parts: readonly Part[]): Part | undefined {
  for (let length = where.length; length > 0; length--) {
    const found = parts.find((part) => has(part.yaml.value, where.slice(0, length)))
    if (found !== undefined) return found
  }
  return parts[0]
}

function has(value: unknown, where: readonly PropertyKey[]): boolean {
  const [key, ...rest] = where
  if (key === undefined) return true
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
  return has((value as Record<PropertyKey, unknown>)[key], rest)
}
