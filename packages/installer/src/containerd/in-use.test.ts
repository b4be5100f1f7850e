import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { imagesInUse } from './in-use.ts'

it('knows an image that a container was made from under any of its names', async () => {
  await using on = await trial()
  on.script(
    'ctr images ls',
    [
      'REF TYPE DIGEST SIZE',
      'docker.io/a:1 t sha256:aa 1',
      'sha256:ida t sha256:aa 1',
      'docker.io/b:1 t sha256:bb 1',
      'docker.io/c:1 t sha256:cc 1',
    ].join('\n'),
  )
  on.script('ctr containers ls', 'CONTAINER IMAGE RUNTIME\n1 sha256:ida r\n2 docker.io/b:1 r')
  const used = await imagesInUse(
    on.host,
    ['ctr'],
    ['docker.io/a:1', 'docker.io/b:1', 'docker.io/c:1', 'gone:1'],
  )
  expect([...used]).toEqual(['docker.io/a:1', 'docker.io/b:1'])
})
