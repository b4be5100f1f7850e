import { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { fail } from '../codes.ts'
import { type Endpoint, endpointsOf, openSearch } from './endpoints.ts'
import { RetryableError } from './retryable-error.ts'

const PLAIN = 'plain.test:5000'
const places = (registry: string, mirrors: readonly string[] = [], mirrorsOnly = false) =>
  endpointsOf(registry, {
    ...{ mirrors: { [registry]: mirrors }, mirrorsOnly },
    isPlainHttp: (host) => host === PLAIN,
  })

describe('where a registry is asked', () => {
  it.each([
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    ['quay.io', 'https://quay.io/v2/'],
    [PLAIN, `http://${PLAIN}/v2/`],
  ])('%s is itself', (registry, api) => {
    expect(places(registry)).toEqual([{ registry, api, prefix: '' }])
  })

  it.each([
    ['m.test', 'm.test', 'https://m.test/v2/', ''],
    [PLAIN, PLAIN, `http://${PLAIN}/v2/`, ''],
    ['http://m.test:81', 'm.test:81', 'http://m.test:81/v2/', ''],
    ['https://m.test/hub', 'm.test', 'https://m.test/v2/hub/', 'hub/'],
    ['m.test/a/b/', 'm.test', 'https://m.test/v2/a/b/', 'a/b/'],
    ['https://m.test/docker/v2', 'm.test', 'https://m.test/docker/v2/', ''],
    ['https://m.test/docker/v2/hub', 'm.test', 'https://m.test/docker/v2/hub/', 'hub/'],
  ])('the mirror %s goes before it', (mirror, registry, api, prefix) => {
    const [first, last] = places('docker.io', [mirror])
    expect(first).toEqual({ registry, api, prefix })
    expect(last?.registry).toBe('docker.io')
    expect(places('docker.io', [mirror], true)).toEqual([first])
  })

  it('is itself where only mirrors may be asked and it has none', () => {
    expect(places('quay.io', [], true)).toHaveLength(1)
  })

  it('refuses what is no mirror, with what it should be', () => {
    expect(() => places('quay.io', ['https://'])).toThrow(
      expect.objectContaining({
        code: 'SOURCE_REFUSED',
        fix: expect.objectContaining({ en: 'write it as host[:port] or https://host/path' }),
      }),
    )
  })
})

describe('a search', () => {
  const [first, second, origin] = places('quay.io', ['one.test', 'two.test']) as [
    Endpoint,
    Endpoint,
    Endpoint,
  ]
  const all = [first, second, origin]
  const absent = () => fail('REGISTRY_NOT_FOUND', { what: 'gone', because: 'status 404', fix: 'x' })
  const silent = () =>
    fail(
      'TRANSFER_FAILED',
      { what: 'x', because: 'no response', fix: 'x' },
      { cause: new RetryableError('no response') },
    )
  /** Asks with these answers, by registry; returns who was asked, and what came of it. */
  async function asking(
    search: ReturnType<typeof openSearch>,
    answers: Readonly<Record<string, () => unknown>>,
  ) {
    const asked: [string, number | undefined][] = []
    const result = await search(all, async (endpoint, attempts) => {
      asked.push([endpoint.registry, attempts])
      const answer = answers[endpoint.registry]?.()
      if (answer instanceof Error) throw answer
      return answer
    }).catch((error: unknown) => error)
    return { asked, result }
  }

  it('ends at the first that has it; a mirror is tried less often than the registry', async () => {
    const { asked, result } = await asking(openSearch(), { 'one.test': absent, 'two.test': () => 'it' })
    expect(asked).toEqual([
      ['one.test', 2],
      ['two.test', 2],
    ])
    expect(result).toBe('it')
    const { asked: last } = await asking(openSearch(), { 'one.test': absent, 'two.test': absent })
    expect(last.at(-1)).toEqual(['quay.io', undefined])
  })

  it('leaves a mirror alone that did not respond, and asks one again that lacks an image', async () => {
    const search = openSearch()
    await asking(search, { 'one.test': silent, 'two.test': absent, 'quay.io': () => 'it' })
    const { asked } = await asking(search, { 'two.test': absent, 'quay.io': () => 'it' })
    expect(asked.map(([registry]) => registry)).toEqual(['two.test', 'quay.io'])
  })

  it('asks the registry itself every time, whatever it did before', async () => {
    const search = openSearch()
    const answers = { 'one.test': absent, 'two.test': absent, 'quay.io': silent }
    await asking(search, answers)
    expect((await asking(search, answers)).asked.at(-1)?.[0]).toBe('quay.io')
  })

  it('ends with the error of the registry, which says how the mirrors failed', async () => {
    const { result } = await asking(openSearch(), {
      'one.test': silent,
      'two.test': absent,
      'quay.io': absent,
    })
    expect(result).toBeInstanceOf(EdgeliftError)
    expect(result).toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
      because: {
        en: 'status 404; mirror one.test before it: TRANSFER_FAILED: no response; mirror two.test before it: REGISTRY_NOT_FOUND: status 404',
        zh: expect.stringContaining('此前镜像站 one.test：TRANSFER_FAILED：no response'),
      },
    })
  })

  it.each([
    ['what is too large', fail('CONTENT_TOO_LARGE', { what: 'x', fix: 'x' })],
    ['a defect', new TypeError('x')],
  ])('is over after %s: no other place helps', async (_what, error) => {
    const { asked, result } = await asking(openSearch(), { 'one.test': () => error })
    expect(asked).toHaveLength(1)
    expect(result).toBe(error)
  })
})
