import { describe, expect, it } from 'vitest'
import { readKubernetesYaml } from './read-yaml.ts'

const meaningOf = (scalar: string): unknown => (readKubernetesYaml(`a: ${scalar}\n`)[0] as { a: unknown }).a

describe('a plain scalar, as Kubernetes reads it', () => {
  it.each<[string, unknown]>([
    ['~', null],
    ['null', null],
    ['Null', null],
    ['nULL', 'nULL'],
    ['yes', true],
    ['On', true],
    ['y', true],
    ['N', false],
    ['off', false],
    ['oFF', 'oFF'],
    ['0', 0],
    ['-0', -0],
    ['+7', 7],
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['0b11', 3],
    ['1_000', 1000],
    ['08', 8],
    ['0b2', '0b2'],
    ['0x', '0x'],
    ['1k', '1k'],
    ['100m', '100m'],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['-1.5E-2', -0.015],
    ['1.2.3', '1.2.3'],
    ['.', '.'],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['.NaN', Number.NaN],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['v1.22.0', 'v1.22.0'],
    ['"0644"', '0644'],
    ["'yes'", 'yes'],
    ['!!str 0644', '0644'],
    ['!vault secret', 'secret'],
  ])('%s', (scalar, value) => {
    expect(meaningOf(scalar)).toEqual(value)
  })
})

it('an unknown tag on a list or a map changes nothing', () => {
  expect(readKubernetesYaml('a: !x [1, 2]\nb: !<tag:site,2026:y> {c: 3}\n')).toEqual([
    { a: [1, 2], b: { c: 3 } },
  ])
})

it('a key merges what it names, and what stands beside it counts more', () => {
  expect(readKubernetesYaml('base: &b {x: 1, z: 2}\na:\n  <<: *b\n  z: 3\n')).toEqual([
    { base: { x: 1, z: 2 }, a: { x: 1, z: 3 } },
  ])
})

it('a key is a text: one that reads as something else is named by what it reads as', () => {
  expect(readKubernetesYaml('on: 1\n0644: 2\n~: 3\n')).toEqual([{ true: 1, 420: 2, null: 3 }])
})
