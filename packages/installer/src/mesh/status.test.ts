import { expect, it } from 'vitest'
import { meshStatusText } from './status.ts'

const state = { back: [], awaited: [], refreshes: 0 }

it.each([
  [
    'a service that does not run, whatever it said last',
    false,
    { ...state, refreshed: 'T' },
    'not running; ./edgelift doctor',
  ],
  [
    'one of which systemd says nothing, whatever it said last',
    undefined,
    { ...state, refreshed: 'T' },
    'systemd does not say whether it runs',
  ],
  [
    'one that cannot reach the API',
    true,
    { ...state, refreshed: 'T', error: '401' },
    'cannot reach the API; ./edgelift doctor',
  ],
  ['one that had nothing to do yet', true, state, 'idle'],
  ['one that has not looked yet', true, undefined, 'idle'],
  ['one that has sent what edges lacked', true, { ...state, refreshed: '08:00' }, 'last at 08:00'],
])('says of %s in one line what is to be known', (_what, running, told, en) => {
  const text = meshStatusText({ running, state: told })
  expect(text.en).toBe(`mesh refresh: ${en}`)
  expect(text.zh).toMatch(/^网格刷新服务：\S/)
})
