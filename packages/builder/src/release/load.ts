import path from 'node:path'
import { EdgeliftError, hasActing, joinTexts, plainText } from '@edgelift/core'
import { rememberUrlSecrets } from '@edgelift/oci'
import { builderCodes, fail } from '../codes.ts'
import { FindingsError } from '../findings.ts'
import { type FindOptions, findRelease, type Source } from './find-release.ts'
import { releaseJsonSchema } from './json-schema.ts'
import { mergeReleases } from './merge.ts'
import { vainRemovals } from './removals.ts'
import { EXTENDS, Release } from './schema.ts'
import { describeIssues, formatPath, type SchemaDefect } from './schema-errors.ts'
import { textsIn } from './templates.ts'
import { parseYaml, type YamlFile } from './yaml.ts'

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
export async function loadRelease(name: string, options: FindOptions): Promise<LoadedRelease> {
  const source = await findRelease(name, [undefined, ...options.folders], options)
  const parts = await readChain(source, options)
  if (isLock(parts[0]?.yaml.value)) throw lockGiven(name)
  const merged = parts.reduceRight<unknown>((below, part) => mergeReleases(below, withoutExtends(part)), {})
  const vain = vainRemovals(parts.map(withoutExtends))
  if (vain.length > 0) throw invalid(name, parts, vain)
  const result = Release.safeParse(merged, { reportInput: true })
  const { file, subject, isCarried } = source
  if (result.success) return { file, subject, isCarried, release: result.data }
  throw invalid(name, parts, describeIssues(result.error.issues, releaseJsonSchema()))
}

/** `manifests/x.yaml` to `manifests/x.lock.json`. */
export function lockFileOf(releaseFile: string): string {
  return `${releaseFile.replace(/\.(ya?ml|json)$/, '')}.lock.json`
}

function isLock(value: unknown): boolean {
  return String((value as { format?: unknown } | null)?.format).startsWith('edgelift/lock/')
}

function lockGiven(name: string): Error {
  const release = name.replace(/(\.lock)?\.json$/, '')
  return fail('RELEASE_INVALID', {
    what: { en: `${name} is a lock file, not a release`, zh: `${name} 是锁定文件，不是发布清单` },
    fix: {
      en: `give the release in its place (${release}): its lock is found beside it`,
      zh: `请改为给出发布（${release}）：其旁边的锁定文件会自动使用`,
    },
  })
}

/** The file and those that it extends, the furthest last. */
async function readChain(source: Source, options: FindOptions): Promise<readonly Part[]> {
  const parts: Part[] = []
  const seen = new Set<string>()
  for (let next: Source | undefined = source; next !== undefined; ) {
    const { file, subject, isCarried, identity, text }: Source = next
    const shown = isCarried ? `${subject}.yaml` : file
    if (seen.has(identity)) throw circle([...parts.map((part) => part.shown), shown])
    seen.add(identity)
    rememberUrlSecrets(text) // before any message quotes a value
    const part: Part = { file, shown, yaml: parseYaml(text, shown) }
    const unusable = actingTexts(part.yaml.value)
    if (unusable.length > 0) throw invalid(shown, [part], unusable)
    parts.push(part)
    next = await extendedBy(part, options)
  }
  return parts
}

async function extendedBy(part: Part, options: FindOptions): Promise<Source | undefined> {
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
    if (!(error instanceof EdgeliftError) || error.code !== 'RELEASE_NOT_FOUND') throw error
    throw fail(
      'RELEASE_EXTENDS',
      {
        what: {
          en: `${part.shown}:${part.yaml.lineOf([EXTENDS])}: extends "${base}", which is not there`,
          zh: `${part.shown}:${part.yaml.lineOf([EXTENDS])}：extends 的 "${base}" 不存在`,
        },
        ...(error.because === undefined ? {} : { because: error.because }),
        fix: {
          en: `${error.fix?.en} (a path is relative to ${part.shown})`,
          zh: `${error.fix?.zh}（路径相对于 ${part.shown}）`,
        },
      },
      { cause: error },
    )
  }
}

/**
 * Texts with characters that a terminal would act on, NUL among them, which no path and no argument can hold: the manifest of an
 * archive takes none of them.
 */
function actingTexts(value: unknown): SchemaDefect[] {
  return [...textsIn(value)].flatMap(({ path, text }) => {
    if (!hasActing(text)) return []
    const shown = plainText([...text].find(hasActing) ?? text)
    return [
      {
        path,
        text: {
          en: `must not hold the control character ${shown}: remove it`,
          zh: `不能包含控制字符 ${shown}：请删除`,
        },
      },
    ]
  })
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
