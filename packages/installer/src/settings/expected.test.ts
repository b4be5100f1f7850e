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
  expect(chinese.replaceAll(/yes 或 no|IP/g, '')).not.toMatch(/[a-z]{3,} [a-z]{2,}/i)
})

it.each([
  [null, 'a label value, and "" where it is empty'],
  [['x'], 'a label value'],
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
