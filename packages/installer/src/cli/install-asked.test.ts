import { type EdgeliftError, silent, type Text } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { layArchive } from '../testing/archive.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import * as ask from './ask.ts'
import { installHere } from './install.ts'

let on: Trial
/** What was asked, in English. */
let asked: string[]
let isTerminal: boolean
const terminal = { stdin: process.stdin.isTTY }
beforeEach(async () => {
  on = await trial()
  asked = []
  isTerminal = true
  on.script('id -u', '0')
  on.script('uname -m', 'riscv64') // no archive is for it: what is asked is asked before that is refused
  const addresses = [
    '10.77.0.1/24 brd 10.77.0.255 scope global eth0',
    '10.78.0.1/24 brd 10.78.0.255 scope global eth1',
  ]
  on.script(
    'ip -o addr show',
    addresses.map((one, index) => `${index + 2}: eth${index}    inet ${one}`).join('\n'),
  )
  on.script('ip -4 route show default', 'default via 10.77.0.254 dev eth0')
})
afterEach(async () => {
  vi.restoreAllMocks()
  process.stdin.isTTY = terminal.stdin
  await on[Symbol.asyncDispose]()
})

/** @param typed at each question */
async function run(
  role: 'cloud' | 'edge',
  args: Record<string, unknown> = {},
  { json = false, typed = '' } = {},
) {
  const note = async (_context: unknown, question: Text) => {
    asked.push(question.en)
    return typed || undefined
  }
  vi.spyOn(ask, 'askLine').mockImplementation(note)
  vi.spyOn(ask, 'askSecret').mockImplementation(note)
  process.stdin.isTTY = isTerminal
  const stream = { write: () => true, isTTY: isTerminal }
  const context = {
    ...{
      lang: 'en' as const,
      env: {},
      json,
      typed: './edgelift',
      quiet: false,
      verbose: false,
      report: silent,
      pause: () => () => {},
    },
    ...{ signal: new AbortController().signal, streams: { stdout: stream, stderr: stream } },
  }
  return installHere({ host: on.host, ...(await layArchive(on, role)) }, args, context)
}

describe('at a terminal', () => {
  it('a new cloud with several addresses is asked for that of its edges', async () => {
    expect((await run('cloud')).exit).toBe(3)
    expect(asked).toEqual([expect.stringContaining('Address that edge nodes dial [default: 10.77.0.1]')])
  })

  it('a new edge is asked for its cloud and its token', async () => {
    await run('edge', {}, { typed: 'cloud.example' })
    expect(asked.map((question) => question.split(' (')[0])).toEqual([
      'Address of the cloud node',
      'Join token',
    ])
  })

  it('what is typed is held to the rules of a setting, before anything is done', async () => {
    const error = await run('edge', {}, { typed: 'http://cloud/' }).catch((thrown: EdgeliftError) => thrown)
    expect(error).toMatchObject({ code: 'ANSWER_INVALID' })
    expect(await on.text(RECEIPT)).toBeUndefined()
  })

  it.each<[string, 'cloud' | 'edge', Record<string, unknown>]>([
    ['with --yes', 'cloud', { yes: true }],
    ['in a dry run', 'edge', { 'dry-run': true }],
    ['what flags say', 'edge', { cloud: '10.77.0.1', 'token-file': '/root/token' }],
    ['the address, where the node’s own is set', 'cloud', { 'node-ip': '10.78.0.1' }],
  ])('nobody is asked %s', async (_when, role, args) => {
    await run(role, args)
    expect(asked).toEqual([])
  })

  it('an installed cloud keeps its addresses', async () => {
    const settings = {
      role: 'cloud',
      advertiseAddresses: ['10.77.0.1'],
      edgemesh: false,
      k3s: {},
      options: [],
    }
    const receipt = receiptFor({ ...HEAD, role: 'cloud', settings }, undefined, BASELINE)
    await on.put(RECEIPT, `${JSON.stringify(receipt)}\n`, 0o600)
    await run('cloud')
    expect(asked).toEqual([])
  })
})

it('without a terminal, or for a program that reads JSON, nobody is asked', async () => {
  await run('cloud', {}, { json: true })
  isTerminal = false
  await run('cloud')
  await run('edge')
  expect(asked).toEqual([])
})
