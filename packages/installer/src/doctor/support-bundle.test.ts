import { expect, it } from 'vitest'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { trial } from '../testing/trial.ts'
import { withoutSecrets, writeSupportBundle } from './support-bundle.ts'

it('leaves out every secret and nothing else', () => {
  const psk = 'bm90IGEgcmVhbCBwc2sgYnV0IDMyIGJ5dGVzIGxvbmc='
  const join = `${'ab'.repeat(32)}.eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl`
  const k3s = `K10${'cd'.repeat(32)}::server:0123456789abcdef`
  const text = `said ${join} here\n  token: "anything"\nserver ${k3s}\npsk=${psk}\nwith ${psk}\ntokens: kept\n`
  const left = withoutSecrets(text, psk)
  for (const secret of [psk, join, k3s, 'anything']) expect(left).not.toContain(secret)
  expect(left).toContain('tokens: kept')
  expect(left).toContain('said (token) here')
})

it('is not written with a PSK that cannot be read, and so cannot be left out', async () => {
  await using on = await trial()
  const bundle = () =>
    writeSupportBundle(`${on.root}/bundle.tar.gz`, {
      host: on.host,
      directory: `${on.root}/data`,
      cluster: undefined,
      logs: [],
      documents: {},
    })
  await on.put(`/data/${PSK_FILE}/x`)
  await expect(bundle()).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  expect(on.calls).toEqual([])
})
