import { expect, it } from 'vitest'
import { z } from 'zod'
import { readOutput, readYamlOutput } from './output.ts'

const Chart = z.tuple([z.object({ version: z.string() })])

it('reads what a program prints', () => {
  expect(readOutput(z.object({ a: z.number() }).nullable(), ['kubectl'], '')).toBeNull()
  expect(readYamlOutput(Chart, ['helm', 'show', 'chart'], 'version: 1.2.3\n')).toEqual([{ version: '1.2.3' }])
})

it.each([
  ['JSON that is none', () => readOutput(z.object({}), ['kubectl', 'get'], 'Warning: hello')],
  [
    'JSON of another shape',
    () => readOutput(z.object({ token: z.number() }), ['kubectl', 'get'], '{"token":"s3cret"}'),
  ],
  ['YAML that is none', () => readYamlOutput(Chart, ['helm', 'show'], 'a: [s3cret')],
  ['YAML of another shape', () => readYamlOutput(Chart, ['helm', 'show'], 'version: { s3cret: 1 }')],
  ['no document', () => readYamlOutput(Chart, ['helm', 'show'], '')],
])('%s is the failure of that command, told without what it printed', (_what, read) => {
  let error: unknown
  try {
    read()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toMatchObject({
    code: 'COMMAND_FAILED',
    what: { en: expect.stringMatching(/kubectl get|helm show/) },
  })
  expect(JSON.stringify(error)).not.toContain('s3cret')
})
