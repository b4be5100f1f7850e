import type { EdgeliftError } from '@edgelift/core'
import { expect, it } from 'vitest'
import { parseSettings } from './load.ts'

const WRONG = {
  cloud: {
    nodeIp: 'x',
    nodeName: 'A_B',
    advertiseAddresses: 'x y',
    edgemesh: 7,
    relayNodes: [],
    pskFile: '',
    k3s: [],
    options: 7,
  },
  edge: {
    cloud: 'a b',
    tokenFile: '',
    token: '',
    nodeIp: 7,
    labels: { 'a b': 'x' },
    taints: ['x'],
    containerd: 'other',
  },
} as const

const cases = (['cloud', 'edge'] as const).flatMap((role) =>
  Object.entries(WRONG[role]).map(([name, value]) => [role, name, value] as const),
)

it.each(cases)('%s %s: what is expected is named in both languages', (role, name, value) => {
  let error: EdgeliftError | undefined
  try {
    parseSettings(role, { [name]: value })
  } catch (caught) {
    error = caught as EdgeliftError
  }
  expect(error?.code).toBe('ANSWER_INVALID')
  expect(error?.because?.en).toMatch(/^expected: /)
  expect(error?.because?.en).not.toMatch(/Too small|Invalid|>=|received/)
  const chinese = error?.because?.zh.replace(/^应为：/, '') ?? ''
  expect(chinese).toMatch(/\p{Script=Han}|^\S+$/u)
  expect(chinese.replaceAll(/yes 或 no|IP|“.*”/g, '')).not.toMatch(/[a-z]{3,} [a-z]{2,}/i)
})

it.each([
  [null, 'a label value, and "" where it is empty'],
  [['x'], 'a label value, not "["x"]"'],
])('a label whose value is %j names the label and what is expected', (value, words) => {
  const read = () =>
    parseSettings('edge', { labels: { site: value } }, new Map([['labels', 'install.yaml: labels']]))
  expect(read).toThrow(
    expect.objectContaining({
      what: expect.objectContaining({ en: 'install.yaml: labels.site is not valid' }),
      because: expect.objectContaining({ en: `expected: ${words}` }),
    }),
  )
})

const HASH = '0'.repeat(64)

it.each<[name: string, role: 'cloud' | 'edge', settings: Record<string, unknown>, value: string]>([
  ['a text', 'cloud', { nodeIp: '10.0.0.300' }, '10.0.0.300'],
  ['one of a list', 'cloud', { advertiseAddresses: ['10.0.0.1', 'a_b'] }, 'a_b'],
  ['one deep inside', 'cloud', { relayNodes: [{ nodeName: 'a', advertiseAddress: ['x y'] }] }, 'x y'],
  ['a number', 'edge', { nodeIp: 10.77 }, '10.77'],
  ['a map in the place of a list', 'edge', { taints: { a: 'b' } }, '{"a":"b"}'],
  ['the key of a label', 'edge', { labels: { 'a b': 'c' } }, 'a b'],
  ['what a terminal would act on', 'edge', { nodeName: 'a\u001b[31m\nb' }, 'a<U+001B>[31m<U+000A>b'],
  ['a long one, cut', 'edge', { nodeName: `${'节'.repeat(59)}\u{1f680}xyz` }, `${'节'.repeat(59)}\u{1f680}…`],
  ['a token in the wrong place, blanked', 'edge', { cloud: `${HASH}.eyJhbGciOi.eyJleHAi.c2ln` }, '(token)'],
])('what is refused is shown: %s', (_, role, settings, value) => {
  expect(() => parseSettings(role, settings)).toThrow(
    expect.objectContaining({
      because: {
        en: expect.stringContaining(`, not "${value}"`),
        zh: expect.stringContaining(`，而不是“${value}”`),
      },
    }),
  )
})

it.each([7, ['secret'], { secret: 1 }])('a token is never shown, be it %j', (token) => {
  expect(() => parseSettings('edge', { token })).toThrow(
    expect.objectContaining({ because: { en: 'expected: text', zh: '应为：文本' } }),
  )
})
