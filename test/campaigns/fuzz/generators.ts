import fc from 'fast-check'

/** What belongs to no grammar in particular and breaks many: controls, separators, directions, halves of pairs. */
const ODD = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\ufeff',
  '\ud800',
  '%',
  '%zz',
  '\\',
  '"',
  "'",
]
const NAMES = ['__proto__', 'constructor', 'toString', 'prototype', 'NaN', '-0', '1e999', '9'.repeat(30)]
const BULK = 60_000 // characters: what is quadratic in them takes seconds

/**
 * Texts of a grammar: a valid one, cut at fragments, with fragments removed, doubled, exchanged and put in; or fragments
 * in any order; now and then one piece over and over.
 */
export function textOf(valid: readonly string[], fragments: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { arbitrary: fc.constantFrom(...fragments), weight: 6 },
    { arbitrary: fc.constantFrom(...ODD, ...NAMES), weight: 2 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 12 }), weight: 1 },
  )
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 20 }),
    put: piece,
    again: fc.constantFrom(1, 1, 1, 2, 3),
  })
  const edited = fc
    .tuple(fc.constantFrom(...valid), fc.array(edit, { maxLength: 4 }))
    .map(([text, edits]) => edits.reduce(applied, text))
  const mixed = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  const bulk = fc.tuple(fc.constantFrom(...valid), piece, piece).map(([text, one, two]) => {
    const both = `${one}${two}`
    return `${text}${both.repeat(Math.ceil(BULK / Math.max(1, both.length)))}`.slice(0, BULK)
  })
  return fc.oneof(
    { arbitrary: edited, weight: 700 },
    { arbitrary: mixed, weight: 298 },
    { arbitrary: bulk, weight: 2 },
  )
}

function applied(
  text: string,
  { at, length, put, again }: { at: number; length: number; put: string; again: number },
): string {
  const place = Math.floor(at * (text.length + 1))
  return `${text.slice(0, place)}${put.repeat(again)}${text.slice(place + length)}`
}

/** Bytes of a format: valid ones with bits flipped, ranges removed, doubled or zeroed, and cut off. */
export function bytesOf(valid: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const edit = fc.record({
    kind: fc.constantFrom('flip', 'flip', 'set', 'remove', 'double', 'zero', 'cut'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.nat({ max: 12 }), fc.constantFrom(512, 1024)),
    value: fc.nat({ max: 255 }),
  })
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(edit, { maxLength: 4 }))
    .map(([bytes, edits]) => edits.reduce(changed, bytes))
}

function changed(
  bytes: Buffer,
  { kind, at, length, value }: { kind: string; at: number; length: number; value: number },
): Buffer {
  const place = Math.floor(at * bytes.length)
  const [front, range, back] = [
    bytes.subarray(0, place),
    bytes.subarray(place, place + length),
    bytes.subarray(place + length),
  ]
  switch (kind) {
    case 'remove':
      return Buffer.concat([front, back])
    case 'double':
      return Buffer.concat([front, range, range, back])
    case 'zero':
      return Buffer.concat([front, Buffer.alloc(range.length), back])
    case 'cut':
      return Buffer.from(front)
    default: {
      const copy = Buffer.from(bytes)
      if (place < copy.length) copy[place] = kind === 'set' ? value : (copy[place] ?? 0) ^ (1 << (value % 8))
      return copy
    }
  }
}

/** Values that a field of a document should not have, or has at its border. */
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 1e21, 2 ** 53, 2 ** 31, [], {}, [null], { a: null }, [[]]],
  ...['', ' ', '-', '--x', '.', '..', '/', '../x', '/../x', 'a/../b', '//a', 'a\u0000b', '\n', '\u202e', '~'],
  ...[
    'x'.repeat(300),
    'x'.repeat(5000),
    'toString',
    'constructor',
    '${arch}',
    '{{',
    '1',
    '-1',
    'é',
    '\ud800',
  ],
]

/**
 * Documents of a grammar as JSON, which YAML takes as well: valid ones in which fields have another value, another name,
 * or are gone, doubled or moved.
 */
export function documentOf(valid: readonly object[]): fc.Arbitrary<string> {
  const edit = fc.record({
    kind: fc.constantFrom('set', 'set', 'set', 'remove', 'rename', 'double', 'move'),
    at: fc.nat(),
    other: fc.nat(),
    value: fc.constantFrom(...VALUES),
  })
  return fc
    .tuple(fc.constantFrom(...valid), fc.array(edit, { minLength: 1, maxLength: 3 }))
    .map(([from, edits]) => {
      const root = structuredClone({ document: from as unknown })
      for (const one of edits) alter(root, one)
      return JSON.stringify(root.document) ?? 'null'
    })
}

type Container = Record<string, unknown>

function alter(
  root: object,
  { kind, at, other, value }: { kind: string; at: number; other: number; value: unknown },
): void {
  const places = placesIn(root)
  const [holder, key] = places[at % places.length] as [Container, string]
  const [, otherKey] = places[other % places.length] as [Container, string]
  const old = holder[key]
  if (kind === 'set' || holder === root) holder[key] = structuredClone(value)
  else if (kind === 'double') holder[key] = [old, old]
  else {
    if (kind !== 'move') removeFrom(holder, key)
    if (kind !== 'remove') addTo(holder, kind === 'move' ? otherKey : String(value), old)
  }
}

function removeFrom(holder: Container, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}

function addTo(holder: Container, key: string, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value)
  else holder[key] = value
}

/** Every field of a document, with what holds it. */
function placesIn(value: object): [Container, string][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    [value as Container, key] as [Container, string],
    ...(typeof inner === 'object' && inner !== null ? placesIn(inner) : []),
  ])
}
