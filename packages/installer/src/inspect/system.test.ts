import { expect, it } from 'vitest'
import { prettyName } from './system.ts'

it.each([
  ['NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', 'Debian GNU/Linux 12 (bookworm)'],
  ["PRETTY_NAME='openEuler 24.03 (LTS)'\r\n", 'openEuler 24.03 (LTS)'],
  ['PRETTY_NAME=Alpine\n', 'Alpine'],
  ['PRETTY_NAME="the \\"best\\" \\$1"\n', 'the "best" $1'],
  ['PRETTY_NAME="first"\nPRETTY_NAME="银河麒麟 V10"\n', '银河麒麟 V10'],
  ['NAME=x\n', ''],
])('reads the name of a distribution: %j', (release, name) => {
  expect(prettyName(release)).toBe(name)
})
