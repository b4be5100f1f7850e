import { expect, it } from 'vitest'
import { commandsOf, OPERATOR_PAGES } from './operator-pages.ts'

it('operators of both languages type the same commands, section by section', async () => {
  const [english, chinese] = await Promise.all([commandsOf(OPERATOR_PAGES.en), commandsOf(OPERATOR_PAGES.zh)])
  expect(english.flat()).toContain('sudo ./install.sh --yes --config ../edge-join.yaml')
  expect(chinese).toEqual(english)
})
