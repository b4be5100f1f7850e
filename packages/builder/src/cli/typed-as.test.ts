import { expect, it } from 'vitest'
import { typedAs } from './typed-as.ts'

it.each([
  [{}, '/usr/bin/edgelift', 'edgelift'],
  [{}, undefined, 'edgelift'],
  [{}, '/opt/edgelift.mjs', 'node /opt/edgelift.mjs'],
  [{}, "/my files/it's/edgelift.mjs", "node '/my files/it'\\''s/edgelift.mjs'"],
  [{ npm_command: 'exec' }, '/x/edgelift.mjs', 'npx edgelift'],
  [{ npm_command: 'run-script' }, '/x/edgelift.mjs', 'node /x/edgelift.mjs'],
])('started with %j as %s, it is run again with %s', (env, program, typed) => {
  expect(typedAs({ env, program })).toBe(typed)
})
