import { expect, it } from 'vitest'
import { Change, isSameChange } from './change.ts'

/** Of each kind: a change, one that stands for the same thing, and such as do not. */
const CASES: readonly (readonly [a: Change, same: Change, ...others: Change[]])[] = [
  [
    { kind: 'file', path: '/a' },
    { kind: 'file', path: '/a', backup: '/b' },
    { kind: 'file', path: '/b' },
    { kind: 'folder', path: '/a' },
  ],
  [
    { kind: 'link', path: '/a', to: 'x' },
    { kind: 'link', path: '/a', to: 'y', from: 'x' },
    { kind: 'link', path: '/b', to: 'x' },
  ],
  [
    { kind: 'tree', path: '/a' },
    { kind: 'tree', path: '/a', held: [{ path: '/a', names: ['x'] }], keep: ['y'] },
    { kind: 'tree', path: '/a/b' },
  ],
  [
    { kind: 'unit', unit: 'a', programs: [] },
    { kind: 'unit', unit: 'a', programs: ['/x'] },
    { kind: 'unit', unit: 'b', programs: [] },
    { kind: 'started', unit: 'a' },
    { kind: 'restart', unit: 'a' },
  ],
  [
    { kind: 'image', reference: 'a:1', was: 'absent' },
    { kind: 'image', reference: 'a:1', was: 'other', pinned: true, socket: '/s' },
    { kind: 'image', reference: 'a:2', was: 'absent' },
  ],
  [
    { kind: 'object', resource: 'role', namespace: 'a', name: 'x' },
    { kind: 'object', resource: 'role', namespace: 'a', name: 'x' },
    { kind: 'object', resource: 'role', namespace: 'b', name: 'x' },
    { kind: 'object', resource: 'role', name: 'x' },
    { kind: 'object', resource: 'secret', namespace: 'a', name: 'x' },
    { kind: 'object', resource: 'role', namespace: 'a', name: 'y' },
  ],
  [
    { kind: 'label', resource: 'node', namespace: 'a', name: 'x', label: 'l' },
    { kind: 'label', resource: 'node', namespace: 'a', name: 'x', label: 'l' },
    { kind: 'label', resource: 'node', namespace: 'a', name: 'x', label: 'm' },
    { kind: 'label', resource: 'service', namespace: 'a', name: 'x', label: 'l' },
  ],
  [
    { kind: 'release', release: 'a', namespace: 'n' },
    { kind: 'release', release: 'a', namespace: 'n', leaves: [{ resource: 'secret', names: ['x'] }] },
    { kind: 'release', release: 'a', namespace: 'm' },
    { kind: 'all-releases' },
  ],
  [
    { kind: 'pods' },
    { kind: 'pods', socket: '/s', sharedNetwork: 'n', sockets: ['/f'] },
    { kind: 'all-releases' },
  ],
]

it.each(CASES.map((one) => [one[0].kind, one] as const))(
  'a %s is the same by what it changes, whatever was there before',
  (_kind, [a, same, ...others]) => {
    expect(isSameChange(a, same)).toBe(true)
    for (const other of others) expect(isSameChange(a, other), JSON.stringify(other)).toBe(false)
  },
)

it('every change comes back from the disk as it was recorded', () => {
  for (const change of CASES.flat()) expect(Change.parse(JSON.parse(JSON.stringify(change)))).toEqual(change)
})

it.each([
  { kind: 'file', path: '/a', mode: 1 },
  { kind: 'image', reference: 'a:1', was: 'gone' },
  { kind: 'object', resource: 'node', name: 'x' },
  { kind: 'mount', path: '/a' },
])('what another version may have written is refused, not guessed at: %j', (value) => {
  expect(Change.safeParse(value).success).toBe(false)
})
