import type { Text } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OwnAddress } from '../node/own-addresses.ts'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import * as ask from './ask.ts'
import { askMissing, type Known } from './questions.ts'

const context = {} as CommandContext
const address = (text: string): OwnAddress => ({ address: text, device: 'eth0' }) as unknown as OwnAddress
const [FIRST, SECOND] = [address('192.168.1.10'), address('10.0.0.5')]
const NEW: Known = { known: false, joined: false, hasEdgeMesh: true, addresses: [] }

/** What was asked, in English. */
let asked: string[]
function answers({ line, secret, yes }: { line?: string; secret?: string; yes?: boolean }): void {
  const note = (question: Text) => void asked.push(question.en)
  vi.spyOn(ask, 'askLine').mockImplementation(async (_context, question) => {
    note(question)
    return line
  })
  vi.spyOn(ask, 'askSecret').mockImplementation(async (_context, question) => {
    note(question)
    return secret
  })
  vi.spyOn(ask, 'askYesNo').mockImplementation(async (_context, question, fallback) => {
    note(question)
    return yes ?? fallback
  })
}
beforeEach(() => {
  asked = []
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('on the cloud', () => {
  const cloud = (given: object = {}) => ({
    settings: { role: 'cloud' as const, ...CloudSettings.parse(given) },
    origin: new Map(Object.keys(given).map((name) => [name, 'flag' as const])),
    tokenIn: undefined,
  })
  const asking = (given: object, known: Partial<Known>) =>
    askMissing(cloud(given) as never, context, { ...NEW, ...known })

  it('the address is asked for where the machine has several; Enter takes the likeliest', async () => {
    answers({})
    const settings = await asking({ edgemesh: true }, { addresses: [FIRST, SECOND] })
    expect(settings).toMatchObject({ advertiseAddresses: ['192.168.1.10'] })
    expect(asked).toEqual([expect.stringContaining('[default: 192.168.1.10]')])
    expect(asked[0]).toContain('10.0.0.5')
  })

  it('what is typed may be an address that no card of the machine has', async () => {
    answers({ line: '203.0.113.7' })
    expect(await asking({ edgemesh: true }, { addresses: [FIRST, SECOND] })).toMatchObject({
      advertiseAddresses: ['203.0.113.7'],
    })
  })

  it('what is typed is refused as a flag would be', async () => {
    answers({ line: 'http://x/' })
    await expect(asking({ edgemesh: true }, { addresses: [FIRST, SECOND] })).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID/),
    })
  })

  it.each<[string, object, Partial<Known>]>([
    ['the machine has one', { edgemesh: true }, { addresses: [FIRST] }],
    ['it has none that edges could dial', { edgemesh: true }, { addresses: [] }],
    ['it is set', { edgemesh: true, advertiseAddresses: ['10.0.0.5'] }, { addresses: [FIRST, SECOND] }],
    ['the node’s own is set', { edgemesh: true, nodeIp: '10.0.0.5' }, { addresses: [FIRST, SECOND] }],
  ])('no address is asked for where %s', async (_where, given, known) => {
    answers({})
    const settings = await asking(given, known)
    expect(asked).toEqual([])
    expect(settings).toMatchObject(given)
  })

  it.each([true, false])('EdgeMesh is asked for: %s', async (yes) => {
    answers({ yes })
    expect(await asking({}, {})).toMatchObject({ edgemesh: yes })
    expect(asked).toEqual([expect.stringContaining('EdgeMesh')])
  })

  it.each<[string, object, Partial<Known>]>([
    ['was said', { edgemesh: false }, {}],
    ['is not in the archive', {}, { hasEdgeMesh: false }],
    ['was chosen by an earlier installation', {}, { known: true }],
  ])('EdgeMesh is not asked for where it %s', async (_where, given, known) => {
    answers({ yes: false })
    await asking(given, known)
    expect(asked).toEqual([])
  })
})

describe('on an edge', () => {
  const edge = (given: object = {}) => ({
    settings: { role: 'edge' as const, ...EdgeSettings.parse(given) },
    origin: new Map(),
    tokenIn: undefined,
  })
  const asking = (given: object, known: Partial<Known> = {}) =>
    askMissing(edge(given) as never, context, { ...NEW, ...known })

  it('this machine is no cloud, however it is typed', async () => {
    answers({ line: 'localhost' })
    await expect(asking({})).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
  })

  it('the cloud and its token are asked for', async () => {
    answers({ line: '10.77.0.1:10100', secret: 'the-token' })
    expect(await asking({})).toMatchObject({
      cloud: { host: '10.77.0.1', hubPort: 10100 },
      token: 'the-token',
    })
    expect(asked).toEqual([
      expect.stringContaining('Address of the cloud node'),
      expect.stringContaining('Join token'),
    ])
  })

  it('what is left empty stays unset: preflight names it', async () => {
    answers({})
    const settings = await asking({})
    expect('cloud' in settings && settings.cloud !== undefined).toBe(false)
    expect('token' in settings && settings.token !== undefined).toBe(false)
  })

  it.each<[string, object, Partial<Known>, string[]]>([
    ['that has joined', {}, { joined: true }, []],
    ['whose cloud is set', { cloud: '10.77.0.1' }, {}, ['Join token']],
    ['whose token is set', { cloud: '10.77.0.1', token: 'x' }, {}, []],
    ['whose token is in a file', { cloud: '10.77.0.1', tokenFile: '/x' }, {}, []],
  ])('%s is asked for no more than it needs', async (_which, given, known, words) => {
    answers({ line: '10.77.0.9', secret: 'typed' })
    await asking(given, known)
    expect(asked).toEqual(words.map((one) => expect.stringContaining(one)))
  })
})
