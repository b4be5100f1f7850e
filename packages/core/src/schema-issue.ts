import type { Text } from './text.ts'

/** As much of an issue of zod's as is told of it ($ZodIssue of zod/v4/core). */
export interface SchemaIssue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly expected?: string | undefined
  readonly keys?: readonly string[]
  readonly values?: readonly unknown[]
  readonly origin?: string
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  /** Of each form that a union allows. */
  readonly errors?: readonly (readonly SchemaIssue[])[]
  /** Of a key. */
  readonly issues?: readonly SchemaIssue[]
}

/**
 * Where a document does not follow its schema, and how: `layers.0.size: must be a number, but it is text`. No value is in it:
 * some documents hold secrets.
 * @param document what was checked; undefined for none at all
 */
export function schemaIssueText(issue: SchemaIssue | undefined, document: unknown): Text {
  if (issue === undefined) return WHOLE
  const { path, text } = told(issue, document, [])
  const place = path.map(String).join('.')
  return place === '' ? text : { en: `${place}: ${text.en}`, zh: `${place}：${text.zh}` }
}

/** What a schema expects of a text or a number in its own words, in both languages. */
export function expectationWords(message: string): Text {
  return { en: message, zh: CHINESE[message] ?? message }
}

const WHOLE: Text = { en: 'it does not follow its schema', zh: '不符合格式' }

interface Told {
  readonly path: readonly PropertyKey[]
  readonly text: Text
}

function told(issue: SchemaIssue, document: unknown, base: readonly PropertyKey[]): Told {
  const path = [...base, ...issue.path]
  const found = valueAt(document, path)
  if (issue.code === 'unrecognized_keys') {
    const keys = (issue.keys ?? []).map((key) => JSON.stringify(key))
    return { path, text: { en: `unknown key ${keys.join(', ')}`, zh: `未知的键 ${keys.join('、')}` } }
  }
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues ?? []
    const why = inner === undefined ? WHOLE : expectation(inner)
    return {
      path,
      text: { en: `this name is not allowed: must be ${why.en}`, zh: `名称无效：应为${spaced(why.zh)}` },
    }
  }
  if (found === undefined && path.length > 0) return { path, text: { en: 'is missing', zh: '缺失' } }
  if (issue.code === 'invalid_union') {
    const [form] = [...(issue.errors ?? [])].sort((a, b) => depth(b) - depth(a))
    if (form?.[0] !== undefined) return told(form[0], document, path)
    return { path, text: { en: 'has none of the forms that are allowed', zh: '不属于任何允许的形式' } }
  }
  if (issue.code === 'too_small' && (issue.origin === 'string' || issue.origin === 'array'))
    return { path, text: { en: 'must not be empty', zh: '不能为空' } }
  const [wanted, kind] = [expectation(issue), kindOf(found)]
  // A text of another form is a text all the same: its kind says nothing.
  const but =
    issue.code === 'invalid_type' ? { en: `, but it is ${kind.en}`, zh: `，实际为${spaced(kind.zh)}` } : NONE
  return { path, text: { en: `must be ${wanted.en}${but.en}`, zh: `应为${spaced(wanted.zh)}${but.zh}` } }
}

const NONE: Text = { en: '', zh: '' }

/** How far a form of a union fits: the one that fits furthest is the one that was meant. */
function depth(form: readonly SchemaIssue[]): number {
  return Math.max(...form.map(({ path }) => path.length))
}

function expectation({ code, message, expected = '', values = [], minimum, maximum }: SchemaIssue): Text {
  switch (code) {
    case 'invalid_type':
      return KINDS[expected] ?? { en: expected, zh: expected }
    case 'invalid_value': {
      const all = values.map((value) => JSON.stringify(value))
      return all.length === 1
        ? { en: all.join(), zh: all.join() }
        : { en: `one of ${all.join(', ')}`, zh: `${all.join('、')} 之一` }
    }
    case 'too_small':
      return { en: `at least ${minimum}`, zh: `不小于 ${minimum} 的数` }
    case 'too_big':
      return { en: `at most ${maximum}`, zh: `不大于 ${maximum} 的数` }
    default:
      return message.startsWith('Invalid ')
        ? { en: 'of another form', zh: '其他形式' }
        : expectationWords(message)
  }
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

function kindOf(value: unknown): Text {
  if (value === null) return KINDS.null
  const kind = Array.isArray(value) ? 'array' : typeof value
  return KINDS[kind] ?? { en: kind, zh: kind }
}

/** A Latin word stands apart from Chinese ones. */
function spaced(zh: string): string {
  return /^[\x21-\x7e]/.test(zh) ? ` ${zh}` : zh
}

const KINDS: Readonly<Record<string, Text>> & { readonly null: Text } = {
  string: { en: 'text', zh: '文本' },
  number: { en: 'a number', zh: '数字' },
  int: { en: 'a whole number', zh: '整数' },
  boolean: { en: 'true or false', zh: 'true 或 false' },
  object: { en: 'an object', zh: '对象' },
  record: { en: 'an object', zh: '对象' },
  array: { en: 'a list', zh: '列表' },
  null: { en: 'null', zh: 'null' },
  undefined: { en: 'nothing', zh: '空内容' },
}

/** The words in which schemas say what they expect. */
const CHINESE: Readonly<Record<string, string>> = {
  'a sha256 digest': 'sha256 摘要',
  'sha256: and 64 hex digits': 'sha256: 加 64 位十六进制数',
  'in the letter case of the specification: programs disagree on any other':
    '规范规定的大小写（各程序对其他写法的处理不同）',
  'a SHA-256 in hexadecimal': '十六进制的 SHA-256',
  'a mapping with at least one member': '至少包含一个成员的映射',
  'a Subresource Integrity value (sha256-…)': 'SRI 校验值（sha256-…）',
  'a path inside the archive': '离线包内的路径',
  'an archive name: at most 220 letters, digits, ".", "+", "_" and "-"':
    '离线包名称：最多 220 个字母、数字、“.”、“+”、“_”和“-”',
  'a version: at most 100 letters, digits, ".", "+", "_" and "-"':
    '版本号：最多 100 个字母、数字、“.”、“+”、“_”和“-”',
  'values with whole numbers below 2^53: put longer ones into quotes':
    '整数小于 2^53 的 values：更长的数字请加引号',
  'host or host:port': '“主机”或“主机:端口”',
  'host[:port] or https://host/path': '“主机[:端口]”或 https://主机/路径',
  'a URL with https:// or http://': '以 https:// 或 http:// 开头的 URL',
  'lower-case letters, digits, "-" and "."': '小写字母、数字、“-”和“.”',
  'a release name of Helm: at most 53 lower-case letters, digits, "-" and "."':
    'Helm 的 release 名称：最多 53 个小写字母、数字、“-”和“.”',
  'a DNS label: at most 63 lower-case letters, digits and "-"': 'DNS 标签：最多 63 个小写字母、数字和“-”',
  'a package URL: pkg:TYPE/NAMESPACE/NAME@VERSION': '包 URL（purl）：pkg:类型/命名空间/名称@版本',
  'VENDOR:PRODUCT, as in the NVD’s CPE dictionary': '“厂商:产品”，与 NVD 的 CPE 字典一致',
  'a resource of Kubernetes in lower case: secret, configmap, crd':
    '小写的 Kubernetes 资源名：secret、configmap、crd',
  'the name of an object of Kubernetes: no "/", "%" or blanks, no "-" in front':
    'Kubernetes 对象名：不含“/”、“%”和空白，且不以“-”开头',
  'a key of a Secret or ConfigMap: letters, digits, "-", "_" and "."':
    'Secret 或 ConfigMap 的键：字母、数字、“-”、“_”和“.”',
  'a label key of Kubernetes: example.org/name': 'Kubernetes 标签键：example.org/name',
  'a label value of Kubernetes: at most 63 letters, digits, "-", "_" and "."':
    'Kubernetes 标签值：最多 63 个字母、数字、“-”、“_”和“.”',
  'deployment/NAME': 'deployment/名称',
}
