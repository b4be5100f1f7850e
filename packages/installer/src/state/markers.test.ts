import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { clearMarker, hasMarker, markers, setMarker } from './markers.ts'

it('are found again by names that no file could have, until they are cleared', async () => {
  await using on = await trial()
  const names = ['image/docker.io/a:1', 'kept-pod/kubeedge/cloudcore-0', 'restart/edgecore.service']
  for (const name of names.toReversed()) await setMarker(on.host, name)
  await setMarker(on.host, 'restart/edgecore.service')
  expect(await markers(on.host)).toEqual(names)
  await clearMarker(on.host, 'restart/edgecore.service')
  await clearMarker(on.host, 'restart/edgecore.service')
  expect(await hasMarker(on.host, 'restart/edgecore.service')).toBe(false)
  expect(await markers(on.host)).toEqual(names.slice(0, 2))
})

it.each(['100%', '%E0%A4', 'restart/%2e', 'a b.swp'])(
  'are not read from a file of others that lies among them: %s',
  async (name) => {
    await using on = await trial()
    await setMarker(on.host, 'restored')
    await on.put(`/var/lib/edgelift/marks/${name.replace('/', '%2F')}`)
    expect(await markers(on.host)).toEqual(['restored'])
  },
)
