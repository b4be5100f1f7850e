import { expect, it } from 'vitest'
import { variableInvalid } from './environment.ts'
import { plainText } from './plain-text.ts'

it('shows a value without what would act on a terminal, what it can be and what to do', () => {
  const shown = plainText('a\u001b[2Jb')
  const fix = { en: 'unset it', zh: '请取消设置' }
  const expected = { en: 'it is a number', zh: '应为数字' }
  expect(variableInvalid({ name: 'EDGELIFT_X', value: 'a\u001b[2Jb' }, expected, fix)).toMatchObject({
    code: 'ENVIRONMENT_INVALID',
    exit: 2,
    what: { en: 'the environment variable EDGELIFT_X is not valid', zh: '环境变量 EDGELIFT_X 无效' },
    because: {
      en: `its value is "${shown}"; it is a number`,
      zh: `其值为 "${shown}"；应为数字`,
    },
    fix,
  })
})
